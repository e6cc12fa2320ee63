import { fileURLToPath } from 'node:url';
import { runCommand } from './run-command.mjs';
import { StepFailure } from './step-failure.mjs';

/**
 * @typedef {{ title: string, run: () => Promise<void> }} DemoClient
 *
 * Who visits the demo's server: two kinds of clients, both versions of HTTP, reading and posting.
 * @param {string} url of the server
 * @param {import('./invoking-account.mjs').Account} account
 * @returns {DemoClient[]}
 */
export function demoClients(url, account) {
  const order = JSON.stringify({ tea: 'sencha', cups: 2 });
  return [
    client('curl fetches a page over HTTP/1.1', 'curl', [...curl, '--http1.1', `${url}/`], account),
    client(
      'curl posts over HTTP/2 (esbuild takes no orders, and says so)',
      'curl',
      [...curl, '--http2', '-H', 'content-type: application/json', '-d', order, `${url}/orders`],
      account,
    ),
    client(
      'Node posts over HTTP/1.1',
      process.execPath,
      [nodeClient, 'http1', url, 'POST', '/orders', order],
      account,
    ),
    client(
      'Node fetches over HTTP/2',
      process.execPath,
      [nodeClient, 'http2', url, 'GET', '/menu.json'],
      account,
    ),
  ];
}

/** The certificate was made by nobody whom a client would trust. */
const curl = ['--silent', '--show-error', '--insecure', '--max-time', '5', '--output', '/dev/null'];
const nodeClient = fileURLToPath(new URL('demo-node-client.mjs', import.meta.url));

/**
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('./invoking-account.mjs').Account} account
 * @returns {DemoClient}
 */
function client(title, command, args, account) {
  const run = async () => {
    const { code, output } = await runCommand(command, args, account);
    if (code !== 0) throw new StepFailure(`${title}: it failed with exit code ${code}`, { detail: output });
  };
  return { title, run };
}
