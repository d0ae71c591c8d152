import { type Client, createClient } from '../../../controller/kube/client.ts';
import { clean } from '../../../local/uninstall/clean.ts';
import { findLeft } from '../../../local/uninstall/left.ts';
import { Stage } from '../../controller/stage.ts';
import { plainAccess } from '../../fake-api/access.ts';

/** A cluster from which orcon was taken away while these consumers were there. */
export class AfterDestroy {
  readonly stage: Stage;
  readonly client: Client;
  readonly said: string[] = [];

  private constructor(stage: Stage) {
    this.stage = stage;
    this.client = createClient(plainAccess(stage.api.url));
  }

  /** `consumers` makes them, with webhook and controller at work; neither is any more when this is through. */
  static async of(consumers: (stage: Stage) => void): Promise<AfterDestroy> {
    const stage = await Stage.open();
    stage.service('db', 'db', 5432);
    consumers(stage);
    const controller = await stage.leading();
    await controller.rest();
    await controller.stop();
    stage.webhook = false;
    return new AfterDestroy(stage);
  }

  async close(): Promise<void> {
    await this.client.close();
    await this.stage.close();
  }

  left(namespaces: readonly string[] = []) {
    return findLeft(this.client, namespaces);
  }

  /** Cleans all, or these namespaces; gives what could not be done. No patience for what nobody plays here. */
  async clean(
    namespaces: readonly string[] = [],
    patience: { rollMs?: number; endMs?: number } = {},
  ): Promise<readonly string[]> {
    const log = (line: string) => this.said.push(line);
    const options = { namespaces, log, lookEveryMs: 1, rollMs: 0, endMs: 0, ...patience };
    return clean(this.client, await this.left(namespaces), options);
  }

  /** Replaces pods at once, as a Deployment's controller does in time: `old` goes when the template of `name` changes. */
  rollsAtOnce(name: string, ...old: readonly string[]): void {
    const off = this.stage.api.store.onWrite(({ collection, now, before }) => {
      if (collection !== 'deployments.apps' || now?.metadata.name !== name) return;
      if (now.metadata.generation === before?.metadata.generation) return;
      off();
      this.stage.finishRollout(name);
      for (const pod of old) this.stage.deletePod(pod);
    });
  }

  /** Names of the ConfigMaps that are left. */
  configMaps(): readonly string[] {
    return this.stage.api.store.list('configmaps', 'shop', () => true).map(({ metadata }) => metadata.name);
  }
}
