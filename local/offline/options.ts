import type { Alias } from '@pulumi/pulumi/proto/alias_pb.js';
import type * as protocol from '@pulumi/pulumi/proto/resource_pb.js';

/**
 * What a program tells the engine of a resource beside inputs, parent and provider, in the words of Pulumi's resource options. What it
 * does not say is left out, and so are aliases by nothing but another type: SDKs have those for every version of a kind.
 */
export function optionsOf(request: protocol.RegisterResourceRequest): Readonly<Record<string, unknown>> {
  const timeouts = request.getCustomtimeouts();
  const told = {
    aliases: request
      .getAliasesList()
      .map((alias) => stated({ urn: alias.getUrn(), ...formerly(alias.getSpec(), request.getParent()) }))
      .filter((alias) => !request.getCustom() || Object.keys(alias).some((part) => part !== 'type')),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    customTimeouts: stated({
      create: timeouts?.getCreate(),
      update: timeouts?.getUpdate(),
      delete: timeouts?.getDelete(),
    }),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? String(request.getDeletebeforereplace()) : '',
    deletedWith: typeAndName(request.getDeletedwith()),
    // Those that follow from inputs among them: in a preview nothing else tells of one whose value is known.
    dependsOn: request.getDependenciesList().map(typeAndName).sort(),
    hideDiffs: request.getHidediffsList(),
    ignoreChanges: request.getIgnorechangesList(),
    import: request.getImportid(),
    protect: request.getProtect(),
    replaceOnChanges: request.getReplaceonchangesList(),
    replaceWith: request.getReplaceWithList().map(typeAndName),
    retainOnDelete: request.getRetainondelete(),
  };
  return stated(told);
}

/** In what an alias differs from the resource. */
const formerly = (spec: Alias.Spec | undefined, parent: string) => ({
  name: spec?.getName(),
  type: spec?.getType(),
  project: spec?.getProject(),
  stack: spec?.getStack(),
  parent: spec?.getParenturn() === parent ? '' : typeAndName(spec?.getParenturn() ?? ''),
  noParent: spec?.getNoparent(),
});

/** `Deployment orcon-webhook` of a URN. */
const typeAndName = (urn: string): string =>
  [urn.split('::').at(-2)?.split(':').at(-1), urn.split('::').at(-1)].filter(Boolean).join(' ');

/** Without what says nothing. */
const stated = (told: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(told).filter(([, value]) => (typeof value === 'object' ? Object.keys(value).length > 0 : Boolean(value))),
  );
