# The controller: one bundled file on a Node without a shell. Context: infra/contexts.ts.
ARG BASE
FROM ${BASE}
ARG BASE VERSION SOURCE_DATE_EPOCH
LABEL org.opencontainers.image.title="orcon controller" \
      org.opencontainers.image.description="Gives workloads the values of their relations and releases their pods" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.base.name="${BASE}"
ENV ORCON_VERSION=${VERSION}
ADD files.tar /
USER 65532:65532
# What is short-lived is collected while it is young: 8 MB for it in all. The garbage of the start is given back (controller/memory.ts).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=4", "--expose-gc", "/app/controller.cjs"]
