import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import { soon } from '../../testing.js';
import { PortMapping } from '../port-mapping.js';
import { UpnpGateway } from './gateway.js';
import { locationOf, searchGateway } from './search.js';

let closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.reverse()) await close();
  closing = [];
});

interface Call {
  action: string;
  fields: Record<string, string>;
}

const fault = (code: number, text: string): [number, string] => [500, `<s:Fault><detail><UPnPError><errorCode>${code}</errorCode><errorDescription>${text}</errorDescription></UPnPError></detail></s:Fault>`];
const good: [number, string] = [200, '<s:Body/>'];

/** A router's HTTP side: its description, and what it says to each call. */
async function router(service: string, answer: (call: Call) => [number, string], description?: string): Promise<URL> {
  const xml = description ?? `<?xml version="1.0"?><root><device><serviceList><service><serviceType>urn:x:other</serviceType><controlURL>/no</controlURL></service><service>
    <serviceType>${service}</serviceType> <controlURL>/control</controlURL></service></serviceList></device></root>`;
  const server: Server = createServer((request: IncomingMessage, response: ServerResponse) => {
    let body = '';
    request.on('data', (part) => (body += String(part)));
    request.on('end', () => {
      if (request.method === 'GET') return response.end(xml);
      const fields = Object.fromEntries([...body.matchAll(/<(New\w+)>([^<]*)</g)].map(([, name, value]) => [name, value]));
      const [status, text] = answer({ action: /#(\w+)"/.exec(String(request.headers.soapaction))![1], fields });
      response.writeHead(status).end(text);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/description.xml`);
}

for (const service of ['urn:schemas-upnp-org:service:WANIPConnection:1', 'urn:schemas-upnp-org:service:WANIPConnection:2']) {
  test(`a port is mapped, another taken when it is taken, and taken back: ${service.slice(-17)}`, async () => {
    const calls: Call[] = [];
    const location = await router(service, (call) => {
      calls.push(call);
      if (call.action === 'GetExternalIPAddress') return [200, '<u:R><NewExternalIPAddress> 203.0.113.7 </NewExternalIPAddress></u:R>'];
      if (call.action === 'AddPortMapping' && call.fields.NewExternalPort === '9000') return fault(718, 'ConflictInMappingEntry');
      if (call.action === 'AddPortMapping' && call.fields.NewLeaseDuration !== '0') return fault(725, 'OnlyPermanentLeasesSupported');
      return good;
    });
    const mapping = new PortMapping((signal) => UpnpGateway.open(location, signal));
    const { mapped, gateway, externalHost, failures } = await mapping.map([9000], soon());
    assert.deepEqual([gateway, externalHost, failures], ['127.0.0.1', '203.0.113.7', []]);
    const [{ externalPort, ...rest }] = mapped;
    assert.deepEqual(rest, { internalHost: '127.0.0.1', internalPort: 9000, externalHost: '203.0.113.7' });
    assert.ok(externalPort !== 9000 && externalPort >= 1024 && externalPort < 65_536);
    const made = calls.at(-1)!;
    assert.deepEqual([made.fields.NewInternalClient, made.fields.NewInternalPort, made.fields.NewLeaseDuration], ['127.0.0.1', '9000', '0']);
    await mapping.stop();
    assert.deepEqual([calls.at(-1)!.action, calls.at(-1)!.fields.NewExternalPort], ['DeletePortMapping', String(externalPort)]);
  });
}

test('a router that refuses, one without an address, and none at all are told apart', async () => {
  const service = 'urn:schemas-upnp-org:service:WANPPPConnection:1';
  const refusing = await router(service, ({ action }) => (action === 'AddPortMapping' ? fault(606, 'Action not authorized') : [200, '<NewExternalIPAddress>198.51.100.7</NewExternalIPAddress>']));
  const result = await new PortMapping((signal) => UpnpGateway.open(refusing, signal)).map([9000], soon());
  assert.deepEqual([result.mapped, result.externalHost], [[], '198.51.100.7']);
  assert.match(result.failures[0], /Action not authorized/);
  const offline = await router(service, () => [200, '<NewExternalIPAddress></NewExternalIPAddress>']);
  assert.match((await new PortMapping((signal) => UpnpGateway.open(offline, signal)).map([9000], soon())).failures[0], /no address on the internet/);
  assert.deepEqual(await new PortMapping(() => Promise.resolve(undefined)).map([9000], soon()), { mapped: [], failures: [] });
});

test('descriptions that are endless, lead elsewhere or mean nothing are refused', async () => {
  const wanted = 'urn:schemas-upnp-org:service:WANIPConnection:1';
  const serving = (control: string): string => `<service><serviceType>${wanted}</serviceType><controlURL>${control}</controlURL></service>`;
  for (const description of ['', '<service>'.repeat(10_000), 'x'.repeat(300_000), '<a '.repeat(30_000), serving('http://192.0.2.1/control'), serving('file:///etc/passwd'), serving('')]) {
    const location = await router('', () => good, description);
    const result = await new PortMapping((signal) => UpnpGateway.open(location, signal)).map([9000], soon());
    assert.deepEqual(result.mapped, []);
    assert.equal(result.failures.length, 1, description.slice(0, 40));
  }
});

test('a search finds who answers, and believes only what leads back to it', async () => {
  const answer = (location: string): string => `HTTP/1.1 200 OK\r\nST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\nLOCATION: ${location}\r\n\r\n`;
  assert.equal(locationOf(answer('http://192.168.1.1:5000/d.xml'), '192.168.1.1')?.port, '5000');
  for (const [text, from] of [
    [answer('http://192.168.1.2/d.xml'), '192.168.1.1'],
    [answer('http://203.0.113.7/d.xml'), '203.0.113.7'],
    [answer('https://192.168.1.1/d.xml'), '192.168.1.1'],
    [answer('nonsense'), '192.168.1.1'],
    [answer('http://192.168.1.1/d.xml').replace('InternetGatewayDevice', 'MediaServer'), '192.168.1.1'],
    ['NOTIFY * HTTP/1.1\r\n\r\n', '192.168.1.1'],
  ]) assert.equal(locationOf(text, from), undefined, text);

  await assert.rejects(searchGateway(AbortSignal.abort(new Error('enough'))), /enough/);
  // a responder on this machine, asked directly, from whatever address this machine has
  const responder = createSocket('udp4');
  responder.bind(0, '0.0.0.0');
  await once(responder, 'listening');
  closing.push(() => responder.close());
  const { port } = responder.address();
  const question = once(responder, 'message', { signal: soon() });
  const search = searchGateway(soon(), { host: '127.0.0.1', port, patience: 20_000 });
  const [message, from] = (await question) as [Buffer, { port: number; address: string }];
  assert.match(String(message), /^M-SEARCH \* HTTP\/1\.1\r\n/);
  responder.send('garbage', from.port, from.address);
  responder.send(answer('http://127.0.0.1:5000/d.xml'), from.port, from.address);
  assert.equal((await search)?.href, 'http://127.0.0.1:5000/d.xml');
});
