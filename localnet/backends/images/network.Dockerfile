# The wire and the fakes: `python3 -m localnet.wire`, `python3 -m fakes.serve`.
ARG BASE
FROM ${BASE}
LABEL localnet.image=network
COPY localnet /app/localnet
COPY fakes /app/fakes
RUN ["python3", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash", "/app/localnet", "/app/fakes"]
USER 10001:10001
