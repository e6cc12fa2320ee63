import { Buffer } from 'node:buffer';
import { type EventScript, fakeConnection } from '../support/events.ts';

/** A run that has everything in it that sinks must be able to show. */
export function playScenario(script: EventScript): void {
  everydayRequests(script);
  interleavedStreams(script);
  formsAndBinaries(script);
  liveStreams(script);
  unknownThings(script);
  losses(script);
  otherProtocols(script);
  hostileInput(script);
  secrets(script);
  unitsOfStreams(script);
}

function everydayRequests(script: EventScript): void {
  const connection = fakeConnection(3);
  script.open(connection);
  script.control(connection, 'read', 'SETTINGS MAX_CONCURRENT_STREAMS=100 INITIAL_WINDOW_SIZE=10485760');
  const first = script.after(1.2).exchange(connection, 'h2', 1);
  const request = script.request(first, {
    method: 'GET',
    url: 'https://shop.local/api/items?page=2',
    headers: [
      ['accept', 'application/json'],
      ['user-agent', 'curl/8.11.0'],
    ],
  });
  script.end(first, request);
  const response = script.after(8).response(first, {
    status: 200,
    headers: [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip'],
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ],
  });
  script.codedBody(
    first,
    response,
    'gzip',
    212,
    '{"items":[{"id":17,"name":"Gießkanne","price":12.50,"tags":["garden","water"]},{"id":18446744073709551615,"name":"say \\"hi\\"","tags":[]}],"next":"/api/items?page=3","more":{"total":1234,"pages":{"first":1,"last":62,"size":20}}}\n',
  );
  script.end(first, response);
  script.finish(first);

  const second = script.after(400).exchange(connection, 'h2', 3);
  const post = script.request(second, {
    method: 'POST',
    url: 'https://shop.local/api/items',
    headers: [['content-type', 'application/json; charset=utf-8']],
  });
  script.body(second, post, '{"name":"Spaten"}');
  script.end(second, post);
  const created = script
    .after(31)
    .response(second, { status: 201, headers: [['location', '/api/items/19']] });
  script.end(second, created);
  script.finish(second);
  connection.readBytes = 412;
  connection.writtenBytes = 1733;
  script.after(2000).close(connection);
}

function interleavedStreams(script: EventScript): void {
  const one = fakeConnection(4, { remote: { address: '2001:db8::7', port: 40_312 } });
  const two = fakeConnection(5, {
    pid: 990,
    comm: 'worker',
    role: 'client',
    remote: { address: '10.0.0.9', port: 443 },
  });
  script.after(10).open(one);
  script.open(two);
  const page = script.exchange(one, 'h2', 1);
  const style = script.exchange(one, 'h2', 3);
  const call = script.exchange(two, 'http/1.1');
  const getPage = script.request(page, {
    method: 'GET',
    url: 'https://shop.local/',
    headers: [['accept', 'text/html']],
  });
  script.end(page, getPage);
  const getStyle = script
    .after(1)
    .request(style, { method: 'GET', url: 'https://shop.local/style.css', headers: [] });
  script.end(style, getStyle);
  const getStock = script.after(1).request(call, {
    method: 'GET',
    url: 'https://stock.local/v1/stock/17',
    headers: [
      ['Host', 'stock.local'],
      ['User-Agent', 'Go-http-client/1.1'],
    ],
  });
  script.end(call, getStock);
  const html = script
    .after(3)
    .response(page, { status: 200, headers: [['content-type', 'text/html; charset=utf-8']] });
  script.body(page, html, '<!doctype html>\r\n<title>Shop</title>\r\n\r\n<p>Grüße</p>\r\n');
  script.end(page, html);
  script.finish(page);
  const stock = script.after(20).response(call, {
    status: 503,
    reasonPhrase: 'Service Unavailable',
    headers: [
      ['Retry-After', '5'],
      ['Content-Length', '0'],
    ],
  });
  script.end(call, stock);
  script.finish(call);
  const css = script.after(1).response(style, { status: 304, headers: [['etag', '"9f3c"']] });
  script.end(style, css);
  script.finish(style);
  script.close(one);
  script.close(two, 'exit');
}

function formsAndBinaries(script: EventScript): void {
  const connection = fakeConnection(6, { remote: { path: '@caddy-admin' } });
  script.after(5).open(connection);
  const upload = script.exchange(connection, 'http/1.1');
  const post = script.request(upload, {
    method: 'POST',
    url: 'https://shop.local/upload',
    headers: [
      ['Expect', '100-continue'],
      ['Content-Type', 'application/x-www-form-urlencoded'],
    ],
  });
  script.after(1).informational(upload, { status: 100, reasonPhrase: 'Continue' });
  script.body(upload, post, 'name=Rechen&amount=3');
  script.after(1).end(upload, post);
  const image = script.response(upload, {
    status: 200,
    reasonPhrase: 'OK',
    headers: [
      ['Content-Type', 'image/png'],
      ['Content-Length', '24101'],
    ],
  });
  script.body(
    upload,
    image,
    Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d', 'hex'), Buffer.alloc(24_089, 7)]),
  );
  script.end(upload, image);
  script.finish(upload);

  const old = script.after(1).exchange(connection, 'http/1.0');
  const get = script.request(old, { method: 'GET', url: 'https://shop.local/alt', headers: [] });
  script.end(old, get);
  const latin = script.response(old, {
    status: 404,
    reasonPhrase: 'Not Found',
    headers: [
      ['Content-Type', 'text/plain; charset=ISO-8859-1'],
      ['X-Note', { base64: Buffer.from('für alle', 'latin1').toString('base64') }],
    ],
  });
  script.body(old, latin, Buffer.from('Nicht gefunden: alte Gießkanne\n', 'latin1'));
  script.end(old, latin);
  script.finish(old);

  const grpc = script.after(1).exchange(connection, 'h2', 7);
  const call = script.request(grpc, {
    method: 'POST',
    url: 'https://shop.local/shop.Items/List',
    headers: [['content-type', 'application/grpc']],
  });
  script.body(grpc, call, Buffer.from('0000000005120361626318', 'hex'));
  script.end(grpc, call);
  const reply = script
    .after(2)
    .response(grpc, { status: 200, headers: [['content-type', 'application/grpc']] });
  reply.trailers = [
    ['grpc-status', '5'],
    ['grpc-message', 'no such list'],
  ];
  script.end(grpc, reply);
  script.finish(grpc);
  script.close(connection);
}

function liveStreams(script: EventScript): void {
  const connection = fakeConnection(7);
  script.after(5).open(connection);
  const events = script.exchange(connection, 'h2', 1);
  const get = script.request(events, {
    method: 'GET',
    url: 'https://shop.local/events',
    headers: [['accept', 'text/event-stream']],
  });
  script.end(events, get);
  const stream = script
    .after(3)
    .response(events, { status: 200, headers: [['content-type', 'text/event-stream']] });
  script.body(events, stream, 'data: {"tick":40}\n\n');
  script.after(1100).tick();
  script.after(300).body(events, stream, 'data: {"tick":41}\n\n');

  const other = script.after(5).exchange(connection, 'h2', 3);
  const ping = script.request(other, { method: 'GET', url: 'https://shop.local/ping', headers: [] });
  script.end(other, ping);
  const pong = script.response(other, { status: 204, headers: [] });
  script.end(other, pong);
  script.finish(other);

  // Two at once are shown together a moment later; a character cut in the middle waits for its rest.
  script.after(700).body(events, stream, 'id: 42\ndata: {"tick":42}\n\n');
  const late = Buffer.from('data: Gießkanne\n\n');
  script.after(20).body(events, stream, late.subarray(0, 9));
  script.after(20).body(events, stream, late.subarray(9));
  script.after(300).tick();
  script.after(500).body(events, stream, 'data: [DONE]\n\n');
  script.after(10).end(events, stream);
  script.finish(events);

  const video = script.after(5).exchange(connection, 'h2', 5);
  const watch = script.request(video, { method: 'GET', url: 'https://shop.local/film.mp4', headers: [] });
  script.end(video, watch);
  const film = script.response(video, { status: 200, headers: [['content-type', 'video/mp4']] });
  for (let i = 0; i < 4; i += 1) script.after(600).body(video, film, Buffer.alloc(200_000, 1));
  script.end(video, film, 'stream reset (CANCEL)');
  script.finish(video);

  // Answered before it was wholly sent.
  const big = script.after(5).exchange(connection, 'h2', 7);
  const put = script.request(big, {
    method: 'PUT',
    url: 'https://shop.local/big',
    headers: [['content-type', 'text/plain']],
  });
  script.body(big, put, 'The quick brown fox\n');
  const refused = script.after(2).response(big, { status: 413, headers: [['content-type', 'text/plain']] });
  script.body(big, refused, 'too large\n');
  script.end(big, refused);
  script.after(1).end(big, put, 'stream reset (NO_ERROR)');
  script.finish(big);
  script.close(connection);
}

function unknownThings(script: EventScript): void {
  const connection = fakeConnection(8, {
    role: null,
    fd: null,
    local: null,
    remote: null,
    identityNote: 'net.Conn is a main.pipe',
    joinedLate: true,
  });
  script.after(5).open(connection);
  script.gap(connection, 'read', null, 'joined-late');
  script.gap(connection, 'write', null, 'joined-late');
  const joined = script.exchange(connection, 'h2', 41);
  joined.joinedLate = true;
  const request = script.request(joined, {
    method: null,
    url: null,
    headers: [
      [null, null],
      ['x-new', 'seen'],
      [null, 'abc'],
      ['x-old', null],
      [null, null],
      [null, null],
    ],
  });
  script.end(joined, request);
  const response = script.after(4).response(joined, { status: null, headers: [[null, null]] });
  script.end(joined, response);
  script.finish(joined);

  const tail = script.after(5).exchange(connection, 'h2', 39);
  tail.joinedLate = true;
  const orphan = script.response(tail, { status: 200, headers: [['content-type', 'text/plain']] });
  script.body(tail, orphan, 'the end of an answer');
  script.end(tail, orphan);
  script.finish(tail);

  const abandoned = script.after(5).exchange(connection, 'h2', 43);
  const alone = script.request(abandoned, { method: 'GET', url: 'https://shop.local/slow', headers: [] });
  script.end(abandoned, alone);
  script.after(30).finish(abandoned);
  script.close(connection, 'reused');
}

function losses(script: EventScript): void {
  const connection = fakeConnection(9);
  script.after(5).open(connection);
  const lossy = script.exchange(connection, 'http/1.1');
  const get = script.request(lossy, { method: 'GET', url: 'https://shop.local/log.txt', headers: [] });
  script.end(lossy, get);
  const log = script
    .after(2)
    .response(lossy, { status: 200, reasonPhrase: 'OK', headers: [['Content-Type', 'text/plain']] });
  script.body(lossy, log, 'first line\nsecond li');
  script.gap(connection, 'write', 16_384, 'ring-full');
  log.body.gap(16_384);
  lossy.gaps += 1;
  script.body(lossy, log, 'ne 815\nlast line\n');
  script.end(lossy, log);
  script.finish(lossy);

  const broken = script.after(5).exchange(connection, 'http/1.1');
  const again = script.request(broken, { method: 'GET', url: 'https://shop.local/data', headers: [] });
  script.end(broken, again);
  const bad = script.response(broken, {
    status: 200,
    reasonPhrase: 'OK',
    headers: [
      ['Content-Type', 'text/plain'],
      ['Content-Encoding', 'br'],
    ],
  });
  bad.body.problem = 'br data is damaged after 1,024 bytes';
  script.codedBody(broken, bad, 'br', 5000, 'readable so far');
  script.gap(connection, 'write', null, 'table-full');
  script.end(broken, bad, 'lost bytes');
  script.finish(broken);

  const long = script.after(5).exchange(connection, 'http/1.1');
  const fetch = script.request(long, { method: 'GET', url: 'https://shop.local/dump', headers: [] });
  script.end(long, fetch);
  const dump = script.response(long, {
    status: 200,
    reasonPhrase: 'OK',
    headers: [['Content-Type', 'text/plain']],
  });
  script.body(long, dump, 'only so much is kept…');
  dump.body.wireLengthBytes = 4_194_304;
  dump.body.truncated = true;
  script.end(long, dump, 'connection ended');
  script.finish(long);
  script.close(connection);
}

function otherProtocols(script: EventScript): void {
  const mail = fakeConnection(10, {
    pid: 77,
    comm: 'mailer',
    role: 'client',
    remote: { address: '10.0.0.25', port: 465 },
  });
  script.after(5).open(mail);
  script.data(mail, 'read', '220 mail.local ESMTP\r\n');
  script.after(1).data(mail, 'write', 'EHLO shop.local\r\n');
  script.after(1).data(mail, 'read', '250-mail.local\r\n250-SIZE 10240000\r\n250 SMTPUTF8\r\n');
  script.after(1).data(mail, 'write', Buffer.from('Grüße').subarray(0, 3));
  script.after(1).data(mail, 'write', Buffer.from('Grüße').subarray(3));
  script.after(1).data(mail, 'read', Buffer.from('000102fe0a476f7420697400ff0d0a1b5b33316d', 'hex'));
  script.after(1).gap(mail, 'read', 512, 'fault');
  script.after(1).data(mail, 'read', 'x'.repeat(200));
  script.close(mail, 'end');
}

function unitsOfStreams(script: EventScript): void {
  const connection = fakeConnection(13);
  script.after(5).open(connection);
  const chat = script.exchange(connection, 'http/1.1');
  const request = script.request(chat, {
    method: 'GET',
    url: 'https://shop.local/chat',
    headers: [['upgrade', 'websocket']],
  });
  script.end(chat, request);
  const response = script.after(1).response(chat, { status: 101, headers: [['upgrade', 'websocket']] });
  script.end(chat, response);
  script.finish(chat);
  const websocket = { exchange: chat, protocol: 'websocket' };
  script.after(1).unit(connection, 'read', 'hello there', { ...websocket, kind: 'text' });
  const compressed = { wireLengthBytes: 9, lengthBytes: 300 };
  script.after(1).unit(connection, 'write', 'so '.repeat(100), { ...websocket, ...compressed, kind: 'text' });
  script.after(1).unit(connection, 'write', Buffer.from('00ff10', 'hex'), { ...websocket, kind: 'binary' });
  const cut = { lengthBytes: null, cut: 'lost bytes' };
  script.after(1).unit(connection, 'read', 'half of it', { ...websocket, ...cut, kind: 'text' });
  script
    .after(1)
    .unit(connection, 'read', 'bye', { ...websocket, kind: 'close', fields: [['code', '1000']] });
  script.after(1).unit(connection, 'read', '{"tick":41}', {
    protocol: 'sse',
    kind: 'event',
    fields: [
      ['id', '41'],
      ['event', 'tick\x1b[31m'],
    ],
  });
  script.after(1).unit(connection, 'write', Buffer.from('0a03616263102a', 'hex'), {
    protocol: 'grpc',
    kind: 'message',
    fields: [['number', '1']],
    describe: () => '{ 1: "abc" 2: 42 }',
  });
  script.close(connection);
}

function hostileInput(script: EventScript): void {
  const connection = fakeConnection(11, { comm: 'ev\x1b[31mil\n', remote: { path: '/run/\x07bell' } });
  script.after(5).open(connection);
  const exchange = script.exchange(connection, 'http/1.1');
  const request = script.request(exchange, {
    method: 'GET',
    url: 'https://shop.local/\x1b]0;title\x07\n#99 fake line',
    headers: [
      ['x-bidi', 'abc\u202edef'],
      ['x-split', 'one\r\n12:00:00.000 root[1] fake'],
      ['x\x9bname', 'csi'],
    ],
  });
  script.end(exchange, request);
  const response = script
    .after(1)
    .response(exchange, { status: 200, reasonPhrase: 'O\x1bK', headers: [['Content-Type', 'text/plain']] });
  script.body(
    exchange,
    response,
    'bell\x07 escape\x1b[2J carriage\rreturn c1\u009b tab\there\nnext line \u2028 end\n',
  );
  script.end(exchange, response);
  script.finish(exchange);
  script.close(connection);
}

function secrets(script: EventScript): void {
  const connection = fakeConnection(12);
  script.after(2).open(connection);
  script.secret(connection, 'CLIENT_HANDSHAKE_TRAFFIC_SECRET');
  script.secret(null, 'CLIENT_RANDOM');
}
