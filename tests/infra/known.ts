import type { Output } from '@pulumi/pulumi';

/** The value of an output, once it is there. */
export const known = <T>(output: Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });
