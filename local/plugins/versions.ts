/** The providers that stand-ins exist for, in the versions of the npm packages: the engine asks for exactly these. */
export const VERSIONS = { kubernetes: '4.34.2', tls: '5.6.1', docker: '5.2.0' } as const;

export type ProviderName = keyof typeof VERSIONS;
