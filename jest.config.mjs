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

export default {
  projects: [
    layer('unit', ['<rootDir>/tests/{relations,webhook,controller,process,gate,local}/**/*.test.ts']),
    layer('infra', ['<rootDir>/tests/infra/**/*.test.ts']),
    layer('plugins', ['<rootDir>/tests/plugins/**/*.test.ts']),
    layer('e2e', ['<rootDir>/tests/e2e/**/*.test.ts']),
  ],
};
