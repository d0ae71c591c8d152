import { z } from 'zod';
import { quantity } from './values.ts';

const sizes = z.strictObject({
  cpu: quantity().optional(),
  memory: quantity().optional(),
  'ephemeral-storage': quantity().optional(),
});

/** Requests and limits of a container, none of the former above the latter: the API server would refuse its pods. */
export const resources = () =>
  z.strictObject({ requests: sizes.optional(), limits: sizes.optional() }).check(({ value, issues }) => {
    for (const name of sizes.keyof().options) {
      const [request, limit] = [value.requests?.[name], value.limits?.[name]];
      if (request === undefined || limit === undefined || amount(request) <= amount(limit)) continue;
      issues.push({ code: 'custom', path: ['requests', name], input: request });
    }
  });

const FACTORS: Readonly<Record<string, number>> = {
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

/** What a quantity stands for: `250m` is a quarter. */
const amount = (text: string): number => Number.parseFloat(text) * (FACTORS[text.replace(/^[0-9.]+/, '')] ?? 1);
