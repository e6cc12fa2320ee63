// One request with Node's own clients: demo-node-client.mjs http1|http2 URL METHOD PATH [BODY].
import { once } from 'node:events';
import { connect } from 'node:http2';
import { request } from 'node:https';

const [version, url = '', method = 'GET', path = '/', body] = process.argv.slice(2);
const headers = {
  'user-agent': `node/${process.versions.node}`,
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
};

if (version === 'http2') {
  // The certificate was made by nobody whom a client would trust.
  const session = connect(url, { rejectUnauthorized: false });
  const stream = session.request({ ':method': method, ':path': path, ...headers });
  stream.end(body);
  stream.resume();
  await once(stream, 'end');
  session.close();
} else {
  const sent = request(new URL(path, url), { method, headers, rejectUnauthorized: false, agent: false });
  sent.end(body);
  const [response] = /** @type {[import('node:http').IncomingMessage]} */ (await once(sent, 'response'));
  response.resume();
  await once(response, 'end');
}
