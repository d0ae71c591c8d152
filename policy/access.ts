/** Rules about rights. */
import { z } from 'zod';
import { type Rule, shown } from './resource.ts';

const texts = z.array(z.string()).optional();
const role = z.looseObject({
  rules: z.array(z.looseObject({ apiGroups: texts, resources: texts, verbs: texts, nonResourceURLs: texts })).optional(),
});
const ROLES = ['kubernetes:rbac.authorization.k8s.io/v1:Role', 'kubernetes:rbac.authorization.k8s.io/v1:ClusterRole'];

export const noWildcard: Rule = {
  name: 'no-wildcard',
  description: 'Roles name what they allow: a wildcard also allows what comes later.',
  check({ type, inputs }) {
    if (!ROLES.includes(type)) return [];
    return (role.parse(inputs).rules ?? []).flatMap(({ apiGroups, resources, verbs, nonResourceURLs }, index) =>
      Object.entries({ apiGroups, resources, verbs, nonResourceURLs })
        .filter(([, values]) => values?.some((value) => value.includes('*')))
        .map(([field, values]) => `rules[${index}].${field} is ${shown(values)}: name each`),
    );
  },
};
