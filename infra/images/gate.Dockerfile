# The gate container: one script on a shell of a few megabytes. Context: infra/contexts.ts.
ARG BASE
FROM ${BASE}
ARG VERSION
LABEL org.opencontainers.image.title="orcon gate" \
      org.opencontainers.image.description="Holds a pod until its relations are there" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}"
COPY gate.sh /gate.sh
USER 65532:65532
ENTRYPOINT ["/bin/sh", "/gate.sh"]
