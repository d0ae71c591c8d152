import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isReserved, valuesOf, variableOf } from '../../relations/variables.ts';
import { serviceView, type WantedService } from './services.ts';

const values = (wanted: WantedService, name = 'db-endpoint') =>
  Object.fromEntries(valuesOf(serviceView(name, wanted)).map(({ variable, value }) => [variable, value]));

describe('the variable of an interface', () => {
  test.each([
    ['db', 'DB'],
    ['my-db', 'MY_DB'],
    ['my.db', 'MY_DB'],
    ['my_db2', 'MY_DB2'],
  ])('%s is %s', (name, variable) => {
    expect(variableOf(name)).toBe(variable);
  });

  test.each(['', '9db', '-db', 'db-', 'my db', 'dß', 'a'.repeat(64)])('%j gives none', (name) => {
    expect(variableOf(name)).toBeUndefined();
  });
});

describe('a Service', () => {
  test('gives host and port of what it provides', () => {
    expect(values({ provides: 'my-db', ports: [{ port: 5432 }] })).toEqual({
      MY_DB: 'db-endpoint.shop.svc',
      MY_DB_HOST: 'db-endpoint.shop.svc',
      MY_DB_PORT: '5432',
    });
  });

  test.each(['ClusterIP', 'NodePort', 'LoadBalancer'])('of type %s is reached by its name in the cluster', (type) => {
    expect(values({ provides: 'db', type })).toMatchObject({ DB: 'db-endpoint.shop.svc' });
  });

  test('of type ExternalName is reached by that name', () => {
    expect(values({ provides: 'db', externalName: 'db.tengu.io' })).toEqual({
      DB: 'db.tengu.io',
      DB_HOST: 'db.tengu.io',
      DB_PORT: '',
    });
  });

  test('without a port says so by an empty text, so that no service link fills the variable', () => {
    expect(values({ provides: 'db' })).toMatchObject({ DB_PORT: '' });
  });

  test('gives the port that is named like the interface, else the first, and each named one', () => {
    const ports = [
      { name: 'web-ui', port: 8080 },
      { name: 'db', port: 5432 },
    ];
    expect(values({ provides: 'db', ports })).toMatchObject({ DB_PORT: '5432', DB_PORT_WEB_UI: '8080', DB_PORT_DB: '5432' });
    expect(values({ provides: 'sse', ports })).toMatchObject({ SSE_PORT: '8080' });
  });

  test('gives each of its data annotations', () => {
    expect(values({ provides: 'db', data: { user: 'app', 'db.name': 'shop', empty: '' } })).toMatchObject({
      DB_USER: 'app',
      DB_DB_NAME: 'shop',
      DB_EMPTY: '',
    });
  });

  test('names the field that each value is from', () => {
    const sources = valuesOf(
      serviceView('db-endpoint', { provides: 'db', ports: [{ name: 'ui', port: 1 }], data: { user: 'u' } }),
    );
    expect(sources.map(({ variable, source }) => `${variable} ${source}`)).toEqual([
      'DB Service db-endpoint (host)',
      'DB_HOST Service db-endpoint (host)',
      'DB_PORT Service db-endpoint (port)',
      'DB_PORT_UI Service db-endpoint (port ui)',
      'DB_USER Service db-endpoint (annotation tengu.io/data.user)',
    ]);
  });

  test.each([
    ['no label', {}],
    ['an interface that gives no variable', { provides: '9db' }],
    ['no host', { provides: 'db', externalName: '' }],
  ])('with %s gives nothing', (_, wanted) => {
    expect(values(wanted)).toEqual({});
  });

  test('never gives a text that no environment can hold', () => {
    expect(values({ provides: 'db', data: { user: 'a\0b' } })).not.toHaveProperty('DB_USER');
  });

  test.each([
    ['ld', { preload: '/tmp/x.so' }, 'LD_PRELOAD'],
    ['node', { options: '--require x' }, 'NODE_OPTIONS'],
    ['db', { http_proxy: 'x' }, 'DB_HTTP_PROXY'],
    ['bash', { env: '/tmp/x' }, 'BASH_ENV'],
  ])('that provides %s with data %j never sets %s', (provides, data, variable) => {
    expect(values({ provides, data })).not.toHaveProperty(variable);
  });
});

describe('a reserved variable', () => {
  test.each(
    (
      'SHELLOPTS PS4 PROMPT_COMMAND GCONV_PATH OPENSSL_CONF NODE_PATH RUBYLIB PERL5LIB PERL5DB JDK_JAVA_OPTIONS ' +
      'DOTNET_STARTUP_HOOKS GIT_SSH_COMMAND PATH HOME HOSTNAME IFS ENV BASH_ENV LD_PRELOAD LD_LIBRARY_PATH DYLD_INSERT_LIBRARIES NODE_OPTIONS NODE_EXTRA_CA_CERTS ' +
      'PYTHONPATH PYTHON RUBYOPT PERL5OPT JAVA_TOOL_OPTIONS _JAVA_OPTIONS HTTP_PROXY NO_PROXY KUBERNETES_SERVICE_HOST ' +
      'TENGU_PERMIT TENGU_REQUIRED_VARS TENGU_PERMIT_0_abcde'
    ).split(' '),
  )('is %s', (variable) => {
    expect(isReserved(variable)).toBe(true);
  });

  test.each(
    'DB DB_HOST PATHS MY_PATH HOME_HOST ENVOY LD XLD_X PROXY PROXY_HOST NODE TENGU KUBERNETES DB_IFS PS GIT_SSH GIT_HOST NODE_PATHS'.split(
      ' ',
    ),
  )('is not %s', (variable) => {
    expect(isReserved(variable)).toBe(false);
  });
});

test('whatever a Service says, it gives names that an environment takes, none of them reserved', () => {
  const text = fc.string({ maxLength: 12 });
  const wanted = fc.record({
    provides: fc.oneof(text, fc.constantFrom('db', 'ld', 'node', 'tengu', 'http')),
    externalName: fc.option(text, { nil: undefined }),
    ports: fc.array(fc.record({ name: text, port: fc.nat() }), { maxLength: 3 }),
    data: fc.dictionary(fc.oneof(text, fc.constantFrom('preload', 'options', 'proxy', 'permit')), text, { maxKeys: 4 }),
  });
  fc.assert(
    fc.property(wanted, (service) => {
      for (const { variable, value } of valuesOf(serviceView('x', service))) {
        expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
        expect(isReserved(variable)).toBe(false);
        expect(value).not.toContain('\0');
      }
    }),
  );
});
