/** Looking where the user may not be allowed to look: who has rights in one namespace alone is to get on in that. */
import { ApiError } from '../../controller/kube/api-error.ts';

/** What could not be looked at. */
export interface Unseen {
  readonly kind: string;
  /** `in the cluster`, `outside shop`. */
  readonly where: string;
}

/** What `look` gives, or `otherwise` where the API server says that the user may not. */
export async function ifAllowed<T>(look: () => Promise<T>, otherwise: () => T | Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ApiError && error.forbidden) return otherwise();
    throw error;
  }
}

/** A line for each place. */
export function unseenLines(unseen: readonly Unseen[]): readonly string[] {
  const places = new Set(unseen.map(({ where }) => where));
  return [...places].map((place) => {
    const kinds = new Set(unseen.filter(({ where }) => where === place).map(({ kind }) => kind));
    return `${place}: ${[...kinds].join(', ')}`;
  });
}
