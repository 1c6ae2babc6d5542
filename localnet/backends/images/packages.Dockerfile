# A base with the locked packages, which were unpacked on the host: no pip and no network are needed here.
# Python's own library is compiled too, since some bases leave that to each start.
ARG BASE
FROM ${BASE}
LABEL localnet.image=packages
COPY packages /app/packages
RUN python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash /app/packages \
 && python3 -m compileall -q -j 0 -x 'site-packages|dist-packages|/test/|/tests/|/idlelib/|/lib2to3/' \
      "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"
ENV PYTHONPATH=/app:/app/packages PYTHONUNBUFFERED=1
WORKDIR /app
