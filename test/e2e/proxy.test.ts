import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { makeWorld } from '../github-api/world.ts';
import { start } from './fixture.ts';
import { runAction } from './run-action.ts';

/** A proxy that joins every tunnel to one port of this machine, whatever host it is asked for; the hosts that it was. */
async function startProxy(port: number): Promise<{ readonly url: string; readonly hosts: readonly string[] }> {
  const hosts: string[] = [];
  const proxy = createServer((_, response) => response.writeHead(500).end());
  proxy.on('connect', (request, socket) => {
    hosts.push(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`, hosts };
}

test('a runner behind a proxy reaches GitHub through it, and only through it', async () => {
  const world = makeWorld();
  const fake = await start(world);
  const { port } = new URL(fake.url);
  const proxy = await startProxy(Number(port));
  // No resolver knows the name, so that nothing arrives but by the proxy.
  const ran = await runAction(world, `http://github.invalid:${port}`, {}, 'pull_request', { http_proxy: proxy.url });
  expect(ran.code, ran.log).toBe(1);
  expect(fake.comments).toHaveLength(1);
  expect(new Set(proxy.hosts)).toEqual(new Set([`github.invalid:${port}`]));
});
