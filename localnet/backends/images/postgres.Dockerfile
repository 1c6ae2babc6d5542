# A PostgreSQL whose data directory is initialised already. Nothing survives it: durability is off.
# It trusts whoever reaches it, as the one of the processes does; only the networks of its run do.
ARG BASE
FROM ${BASE}
LABEL localnet.image=postgres
USER root
RUN mkdir -p /localnet && chown postgres:postgres /localnet \
 && ln -sfn "$(dirname "$(find / -xdev -path '*/bin/initdb' -name initdb | head -n 1)")" /usr/local/lib/postgres
USER postgres
COPY postgres.conf /localnet/postgres.conf
RUN /usr/local/lib/postgres/initdb --pgdata /localnet/data --username localnet --auth trust --encoding UTF8 --locale C.UTF-8 \
      --no-sync --no-instructions --wal-segsize 1 \
 && echo "include '/localnet/postgres.conf'" >> /localnet/data/postgresql.conf \
 && echo 'host all all all trust' >> /localnet/data/pg_hba.conf \
 && printf '%s\n' 'ALTER DATABASE template0 IS_TEMPLATE false;' 'DROP DATABASE template0;' 'DROP DATABASE postgres;' \
    | /usr/local/lib/postgres/postgres --single -F -D /localnet/data template1 > /dev/null
ENV PATH=/usr/local/lib/postgres:/usr/local/bin:/usr/bin:/bin
EXPOSE 5432
STOPSIGNAL SIGINT
ENTRYPOINT []
CMD ["/usr/local/lib/postgres/postgres", "-D", "/localnet/data"]
