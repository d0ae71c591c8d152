import { createClient } from '../../../controller/kube/client.ts';
import { plainAccess } from '../../fake-api/access.ts';
import { describeApiServer } from '../../fake-api/contract.ts';
import { FakeApi } from '../../fake-api/fake-api.ts';

describeApiServer('the fake API server', async () => {
  const api = await FakeApi.start();
  const client = createClient(plainAccess(api.url));
  const close = async () => {
    await client.close();
    await api.stop();
  };
  return { client, namespace: 'contract', close };
});
