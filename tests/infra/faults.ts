import { RunError } from '@pulumi/pulumi';
import { readSettings } from '../../infra/config.ts';

export const REGISTRY = { 'orcon:registry': 'ghcr.io/acme' };

/** The faults of a configuration, a line each; `encrypted` are the keys whose values the stack's file has encrypted. */
export function faults(
  config: Readonly<Record<string, string>>,
  base: Readonly<Record<string, string>> = REGISTRY,
  encrypted?: readonly string[],
): string[] {
  try {
    readSettings({ ...base, ...config }, 'dev', encrypted);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    return error.message.split('\n  ').slice(1);
  }
  return [];
}
