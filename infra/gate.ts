import * as pulumi from '@pulumi/pulumi';
import { stringify } from 'yaml';
import { GATE_CONTAINER } from './names.ts';

/** A core/v1 Container as YAML has it. */
export type ContainerSpec = Readonly<Record<string, unknown>> & { readonly name: string };

/** What holds the pods of consumers. */
export interface GateArgs {
  /** `container`: the init containers wait for the permit. `kubelet`: no container starts before its variables are there. */
  readonly hold: pulumi.Input<'container' | 'kubelet'>;
  /** Image of the gate container, by digest where it is ours; without one there is no gate container. */
  readonly image?: pulumi.Input<string>;
  /** Sizes of the gate container, requests and limits alike, for pods that have sizes themselves. */
  readonly cpu: pulumi.Input<string>;
  /** Memory, likewise. */
  readonly memory: pulumi.Input<string>;
  /** Further init containers, after the gate. */
  readonly initContainers: pulumi.Input<readonly ContainerSpec[]>;
}

/** The init containers that consumers get: the gate, where there is an image for it, and the further ones. */
export function gateContainers({ image, cpu, memory, initContainers }: pulumi.Unwrap<GateArgs>): readonly unknown[] {
  const size = { cpu, memory };
  const gate = { name: GATE_CONTAINER, image, imagePullPolicy: 'IfNotPresent', resources: { requests: size, limits: size } };
  return [...(image ? [gate] : []), ...initContainers];
}

/** The text of `tenguconfig.yaml`, from which the webhook learns what to put into the pods of consumers. */
export function gateConfiguration(args: GateArgs): pulumi.Output<string> {
  return pulumi.output(args).apply((gate) =>
    // Aliases would save a line and puzzle whoever reads the ConfigMap.
    stringify({ hold: gate.hold, initContainers: gateContainers(gate) }, { aliasDuplicateObjects: false }),
  );
}
