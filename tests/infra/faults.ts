import { RunError } from '@pulumi/pulumi';
import { readSettings } from '../../infra/config.ts';

export const REGISTRY = { 'orcon:registry': 'ghcr.io/acme' };

export const digest = (image: string) => `ghcr.io/acme/${image}@sha256:${'7'.repeat(64)}`;
/** Images that are there already. */
export const GIVEN = {
  'orcon:buildImages': 'false',
  'orcon:webhookImage': digest('webhook'),
  'orcon:controllerImage': digest('controller'),
  'orcon:gateImage': digest('gate'),
};

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
