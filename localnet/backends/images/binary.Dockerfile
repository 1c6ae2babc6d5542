# A prebuilt executable on a base.
ARG BASE
FROM ${BASE}
LABEL localnet.image=binary
COPY service /usr/local/bin/service
USER 10001:10001
ENTRYPOINT ["/usr/local/bin/service"]
CMD []
