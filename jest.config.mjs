/** Types are checked by `tsc`; jest only takes them off. One project a layer, so that `--selectProjects` picks it. */
const shared = {
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
  },
  transformIgnorePatterns: ['/node_modules/'],
  testEnvironment: 'node',
};
const layer = (name, testMatch, more = {}) => ({ displayName: name, testMatch, ...shared, ...more });

const UNIT = '<rootDir>/tests/{relations,webhook,controller,process,gate,local,bench,docs}/**';
/** Those that take seconds each: the apps as processes, and models that are walked at random. */
const SLOW = '{gate,handover,main,model,namespaces,renewal,rights,turmoil}.test.ts';

export default {
  // For what hangs; jest's own 5 s are also reached by what is only slow, on a busy machine.
  testTimeout: 60_000,
  projects: [
    layer('unit', [`${UNIT}/*.test.ts`, `!**/${SLOW}`]),
    layer('slow', [`${UNIT}/${SLOW}`]),
    layer('infra', ['<rootDir>/tests/{infra,policy,doctor,workflows}/**/*.test.ts']),
    layer('plugins', ['<rootDir>/tests/plugins/**/*.test.ts']),
    // On the embedded cluster, in this order: orcon is deployed, used by many at once, robbed of what it needs, changed and
    // taken away.
    layer('deploy', ['<rootDir>/tests/e2e/deploy/**/*.test.ts']),
    layer('scenarios', ['<rootDir>/tests/e2e/scenarios/**/*.test.ts']),
    layer('rights', ['<rootDir>/tests/e2e/rights/**/*.test.ts']),
    layer('refusals', ['<rootDir>/tests/e2e/refusals/**/*.test.ts']),
    layer('outage', ['<rootDir>/tests/e2e/outage/**/*.test.ts']),
    layer('faults', ['<rootDir>/tests/e2e/faults/**/*.test.ts']),
    layer('lifecycle', ['<rootDir>/tests/e2e/lifecycle/**/*.test.ts']),
    // Beside the scenarios, without orcon.
    layer('engine', ['<rootDir>/tests/e2e/{plugins,doctor,images}/**/*.test.ts']),
  ],
};
