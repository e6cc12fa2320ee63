import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HandshakeFinder } from '../../src/packet/handshake-finder.ts';
import { parseClientHello } from '../../src/packet/parse-client-hello.ts';
import { buildInitial } from './build-initial.ts';
import { buildClientHello, buildEthernet, buildRecord, buildTcp, buildUdp } from './build-packet.ts';

const clientRandom = '0123456789abcdef'.repeat(4);
const client = ['10.0.0.1', 40_000] as const;
const server = ['10.0.0.2', 443] as const;
const client6 = ['fd00:0:0:0:0:0:0:1', 40_000] as const;
const server6 = ['fd00:0:0:0:0:0:0:2', 443] as const;

test.each([
  [
    'IPv4',
    buildEthernet(buildTcp({ source: client, destination: server, payload: buildClientHello(clientRandom) })),
    'ethernet',
  ],
  [
    'IPv6',
    buildEthernet(
      buildTcp({ source: client6, destination: server6, payload: buildClientHello(clientRandom) }),
    ),
    'ethernet',
  ],
  [
    'raw IP',
    buildTcp({ source: client, destination: server, payload: buildClientHello(clientRandom) }),
    'raw',
  ],
  [
    'a VLAN',
    buildEthernet(
      buildTcp({ source: client, destination: server, payload: buildClientHello(clientRandom) }),
      [5],
    ),
    'ethernet',
  ],
  [
    'two VLANs',
    buildEthernet(
      buildTcp({ source: client, destination: server, payload: buildClientHello(clientRandom) }),
      [7, 5],
    ),
    'ethernet',
  ],
] as const)('a ClientHello over %s', (_name, packet, linkType) => {
  expect(new HandshakeFinder().find(packet, linkType)).toMatchObject({
    type: 'hello',
    clientRandom,
    quic: false,
  });
});

test('a ClientHello cut into segments anywhere, among others, is found with its last piece', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 199 }), { maxLength: 6 }), (cuts) => {
      const hello = buildClientHello(clientRandom);
      const finder = new HandshakeFinder();
      const places = [0, ...cuts.sort((a, b) => a - b), hello.length];
      let found = 0;
      for (const [i, start] of places.slice(0, -1).entries()) {
        const payload = hello.subarray(start, places[i + 1]);
        const sign = finder.find(
          buildTcp({ source: client, destination: server, sequence: 1000 + start, payload }),
          'raw',
        );
        if (sign?.type === 'hello') found += sign.clientRandom === clientRandom ? 1 : 100;
        finder.find(buildTcp({ source: server, destination: client, payload: Buffer.of(22, 3, 3) }), 'raw');
      }
      expect(found).toBe(1);
    }),
    { numRuns: 300 },
  );
});

test('a ClientHello cut into records is found', () => {
  const hello = buildClientHello(clientRandom).subarray(5);
  const records = Buffer.concat([
    buildRecord(hello.subarray(0, 3)),
    buildRecord(hello.subarray(3, 20)),
    buildRecord(hello.subarray(20)),
  ]);
  expect(parseClientHello(records)).toEqual({ type: 'found', clientRandom });
});

test('the ends of a connection are told, with their direction', () => {
  const finder = new HandshakeFinder();
  const out = finder.find(buildTcp({ source: client, destination: server, flags: 0x11 }), 'raw');
  const back = finder.find(buildTcp({ source: server, destination: client, flags: 0x11 }), 'raw');
  const reset = finder.find(buildTcp({ source: server, destination: client, flags: 0x14 }), 'raw');
  expect([out?.type, back?.type, reset?.type]).toEqual(['end', 'end', 'end']);
  expect(out?.flow).toBe(back?.flow);
  expect(out).toMatchObject({ whole: false });
  expect(reset).toMatchObject({ whole: true });
  expect(out).not.toMatchObject({ direction: (back as { direction: number }).direction });
});

// RFC 9001 appendix A.2 and RFC 9369 appendix A.2: the client's Initial packet, protected.
const hello9001 =
  'c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c0bab7df5976d27cd449f63300099f3991c260ec4c60d17b31f8429157bb35a1282a643a8d2262cad67500cadb8e7378c8eb7539ec4d4905fed1bee1fc8aafba17c750e2c7ace01e6005f80fcb7df621230c83711b39343fa028cea7f7fb5ff89eac2308249a02252155e2347b63d58c5457afd84d05dfffdb20392844ae812154682e9cf012f9021a6f0be17ddd0c2084dce25ff9b06cde535d0f920a2db1bf362c23e596d11a4f5a6cf3948838a3aec4e15daf8500a6ef69ec4e3feb6b1d98e610ac8b7ec3faf6ad760b7bad1db4ba3485e8a94dc250ae3fdb41ed15fb6a8e5eba0fc3dd60bc8e30c5c4287e53805db059ae0648db2f64264ed5e39be2e20d82df566da8dd5998ccabdae053060ae6c7b4378e846d29f37ed7b4ea9ec5d82e7961b7f25a9323851f681d582363aa5f89937f5a67258bf63ad6f1a0b1d96dbd4faddfcefc5266ba6611722395c906556be52afe3f565636ad1b17d508b73d8743eeb524be22b3dcbc2c7468d54119c7468449a13d8e3b95811a198f3491de3e7fe942b330407abf82a4ed7c1b311663ac69890f4157015853d91e923037c227a33cdd5ec281ca3f79c44546b9d90ca00f064c99e3dd97911d39fe9c5d0b23a229a234cb36186c4819e8b9c5927726632291d6a418211cc2962e20fe47feb3edf330f2c603a9d48c0fcb5699dbfe5896425c5bac4aee82e57a85aaf4e2513e4f05796b07ba2ee47d80506f8d2c25e50fd14de71e6c418559302f939b0e1abd576f279c4b2e0feb85c1f28ff18f58891ffef132eef2fa09346aee33c28eb130ff28f5b766953334113211996d20011a198e3fc433f9f2541010ae17c1bf202580f6047472fb36857fe843b19f5984009ddc324044e847a4f4a0ab34f719595de37252d6235365e9b84392b061085349d73203a4a13e96f5432ec0fd4a1ee65accdd5e3904df54c1da510b0ff20dcc0c77fcb2c0e0eb605cb0504db87632cf3d8b4dae6e705769d1de354270123cb11450efc60ac47683d7b8d0f811365565fd98c4c8eb936bcab8d069fc33bd801b03adea2e1fbc5aa463d08ca19896d2bf59a071b851e6c239052172f296bfb5e72404790a2181014f3b94a4e97d117b438130368cc39dbb2d198065ae3986547926cd2162f40a29f0c3c8745c0f50fba3852e566d44575c29d39a03f0cda721984b6f440591f355e12d439ff150aab7613499dbd49adabc8676eef023b15b65bfc5ca06948109f23f350db82123535eb8a7433bdabcb909271a6ecbcb58b936a88cd4e8f2e6ff5800175f113253d8fa9ca8885c2f552e657dc603f252e1a8e308f76f0be79e2fb8f5d5fbbe2e30ecadd220723c8c0aea8078cdfcb3868263ff8f0940054da48781893a7e49ad5aff4af300cd804a6b6279ab3ff3afb64491c85194aab760d58a606654f9f4400e8b38591356fbf6425aca26dc85244259ff2b19c41b9f96f3ca9ec1dde434da7d2d392b905ddf3d1f9af93d1af5950bd493f5aa731b4056df31bd267b6b90a079831aaf579be0a39013137aac6d404f518cfd46840647e78bfe706ca4cf5e9c5453e9f7cfd2b8b4c8d169a44e55c88d4a9a7f9474241e221af44860018ab0856972e194cd934';

test('the random in the Initial packet of RFC 9001, whatever its datagram goes on with', () => {
  const payload = Buffer.from(hello9001, 'hex');
  expect(payload).toHaveLength(1200);
  const sign = new HandshakeFinder().find(
    buildEthernet(buildUdp({ source: client, destination: server, payload })),
    'ethernet',
  );
  expect(sign).toMatchObject({
    type: 'hello',
    clientRandom: 'ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c',
    quic: true,
  });
  const broken = Buffer.from(payload);
  broken[600] = (broken[600] ?? 0) ^ 1;
  expect(
    new HandshakeFinder().find(buildUdp({ source: client, destination: server, payload: broken }), 'raw'),
  ).toBeUndefined();
});

test.each([1, 2] as const)(
  'QUIC version %i: a ClientHello in several packets and in pieces out of order',
  (version) => {
    const hello = buildClientHello(clientRandom, 1500).subarray(5);
    const destinationId = Buffer.from('1122334455667788', 'hex');
    const finder = new HandshakeFinder();
    const send = (packetNumber: number, crypto: readonly (readonly [number, Buffer])[]): unknown => {
      const payload = buildInitial({ version, destinationId, packetNumber, crypto });
      return finder.find(buildUdp({ source: client6, destination: server6, payload }), 'raw');
    };
    expect(
      send(0, [
        [1000, hello.subarray(1000, 1500)],
        [20, hello.subarray(20, 400)],
      ]),
    ).toBeUndefined();
    expect(send(1, [[0, hello.subarray(0, 20)]])).toMatchObject({ type: 'hello', clientRandom, quic: true });
  },
);

test('any bytes give a sign or none, and never an exception', () => {
  const finder = new HandshakeFinder();
  const start = fc.constantFrom(
    '',
    '16030100',
    '160301000501',
    'c00000000108',
    'd06b3343cf08',
    '45000000',
    '60000000',
    '0000',
  );
  fc.assert(
    fc.property(
      start,
      fc.uint8Array({ maxLength: 1400 }),
      fc.constantFrom('ethernet', 'raw'),
      (hex, bytes, linkType) => {
        const payload = Buffer.concat([Buffer.from(hex, 'hex'), bytes]);
        finder.find(payload, linkType);
        finder.find(buildTcp({ source: client, destination: server, payload }), 'raw');
        finder.find(buildUdp({ source: client6, destination: server6, payload }), 'raw');
      },
    ),
    { numRuns: 4000 },
  );
});

test('the rest of a handshake is not waited for without end', () => {
  const hello = buildClientHello(clientRandom);
  const first = { source: client, destination: server, sequence: 1, payload: hello.subarray(0, 20) } as const;
  const rest = { source: client, destination: server, sequence: 21, payload: hello.subarray(20) } as const;
  const other = buildTcp({ source: server, destination: client, payload: Buffer.from('else') });
  const findAfter = (packets: number): unknown => {
    const finder = new HandshakeFinder();
    finder.find(buildTcp(first), 'raw');
    for (let i = 0; i < packets; i += 1) finder.find(other, 'raw');
    return finder.find(buildTcp(rest), 'raw');
  };
  expect(findAfter(9000)).toMatchObject({ type: 'hello', clientRandom });
  expect(findAfter(10_000)).toBeUndefined();
});

test('thousands of handshakes that never end leave no more than some behind', () => {
  const finder = new HandshakeFinder();
  const piece = buildClientHello(clientRandom).subarray(0, 20);
  for (let port = 1; port < 5000; port += 1) {
    finder.find(
      buildTcp({ source: ['10.0.0.1', port], destination: server, sequence: 9, payload: piece }),
      'raw',
    );
  }
  const rest = buildClientHello(clientRandom).subarray(20);
  const continued = (port: number): unknown =>
    finder.find(
      buildTcp({ source: ['10.0.0.1', port], destination: server, sequence: 29, payload: rest }),
      'raw',
    );
  expect(continued(4999)).toMatchObject({ type: 'hello', clientRandom });
  expect(continued(1)).toBeUndefined();
});
