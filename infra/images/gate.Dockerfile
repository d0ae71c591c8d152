# The gate container: one script on a shell of a few megabytes. Context: infra/contexts.ts.
ARG BASE
FROM ${BASE}
ARG BASE VERSION SOURCE_DATE_EPOCH
LABEL org.opencontainers.image.title="orcon gate" \
      org.opencontainers.image.description="Holds a pod until its relations are there" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"
ADD files.tar /
USER 65532:65532
ENTRYPOINT ["/bin/sh", "/gate.sh"]
