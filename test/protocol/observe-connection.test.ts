import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { detectProtocol } from '../../src/protocol/detect-protocol.ts';
import { observeConnection } from '../../src/protocol/observe-connection.ts';
import { cutEvery, splits } from './support/splits.ts';
import { type Step, watch } from './support/watch.ts';

const get = 'GET /a HTTP/1.1\r\nHost: h\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

function frame(type: number, flags: number, stream: number, payload: string): string {
  const header = [
    payload.length >> 16,
    (payload.length >> 8) & 0xff,
    payload.length & 0xff,
    type,
    flags,
    0,
    0,
    0,
    stream,
  ];
  return String.fromCharCode(...header) + payload;
}

const settings = frame(4, 0, 0, '');
const settingsAck = frame(4, 1, 0, '');
/** `:method GET`, `:scheme https`, `:path /`, `:authority h` (RFC 7541 §C.3 writes them alike). */
const getFrame = frame(1, 5, 1, '\x82\x87\x84\x41\x01h');
const okFrame = frame(1, 4, 1, '\x88');
const dataFrame = frame(0, 1, 1, 'hello');

describe('by the first bytes', () => {
  const cases: Record<
    string,
    { readonly steps: Step[]; readonly exchanges: string[]; readonly data?: string[] }
  > = {
    'HTTP/1, the request first': {
      steps: [
        ['read', get],
        ['write', ok],
      ],
      exchanges: ['GET https://h/a => 200 OK "ok"'],
    },
    'HTTP/1, empty lines first': {
      steps: [
        ['read', `\r\n${get}`],
        ['write', ok],
      ],
      exchanges: ['GET https://h/a => 200 OK "ok"'],
    },
    'HTTP/1, a method nobody knows': {
      steps: [
        ['write', 'M-SEARCH * HTTP/1.1\r\nHost: h\r\n\r\n'],
        ['read', ok],
      ],
      exchanges: ['M-SEARCH https://h => 200 OK "ok"'],
    },
    'HTTP/2, preface first': {
      steps: [
        ['write', preface + settings + getFrame],
        ['read', settings + settingsAck + okFrame + dataFrame],
      ],
      exchanges: ['GET https://h/ h2 => 200 h2 "hello"'],
    },
    'HTTP/2, the server first': {
      steps: [
        ['write', settings],
        ['read', preface + settings + settingsAck],
        ['write', settingsAck],
        ['read', getFrame],
        ['write', okFrame + dataFrame],
      ],
      exchanges: ['GET https://h/ h2 => 200 h2 "hello"'],
    },
    'a text protocol': {
      steps: [
        ['write', '220 mail.example ESMTP\r\n'],
        ['read', 'EHLO me\r\n'],
        ['write', '250 ok\r\n'],
      ],
      exchanges: [],
      data: ['write 0:220 mail.example ESMTP\r\n250 ok\r\n', 'read 0:EHLO me\r\n'],
    },
    'a text protocol that looks like HTTP for a while': {
      steps: [
        ['read', 'GET key\r\n'],
        ['write', 'HTTP'],
        ['write', '/2 it is not'],
      ],
      exchanges: [],
      data: ['read 0:GET key\r\n', 'write 0:HTTP/2 it is not'],
    },
    'binary data': {
      steps: [
        ['read', '\0\0\x06\x04\0\0\0\0\x01not settings'],
        ['write', '\x80\x81'],
      ],
      exchanges: [],
      data: ['read 0:\0\0\x06\x04\0\0\0\0\x01not settings', 'write 0:\x80\x81'],
    },
    'too little to tell': {
      steps: [
        ['read', 'GE'],
        ['write', 'HTT'],
      ],
      exchanges: [],
      data: ['read 0:GE', 'write 0:HTT'],
    },
    'empty lines without end': {
      steps: [['read', '\r\n'.repeat(20)]],
      exchanges: [],
      data: [`read 0:${'\r\n'.repeat(20)}`],
    },
    nothing: { steps: [], exchanges: [] },
  };

  it.each(Object.entries(cases))('%s', (_name, { steps, exchanges, data = [] }) => {
    const whole = watch(observeConnection, steps);
    expect(whole.exchanges).toEqual(exchanges);
    expect([...whole.data].sort()).toEqual([...data].sort());
    for (const split of splits(steps)) {
      const watched = watch(observeConnection, split);
      expect(watched.exchanges).toEqual(whole.exchanges);
      expect([...watched.data].sort()).toEqual([...whole.data].sort());
    }
  });

  it('holds back fewer than 24 bytes', () => {
    for (const isInside of [false, true]) {
      for (const text of [preface, get, ok, settings, `${'\r\n'.repeat(20)}${get}`, `${'A'.repeat(60)} /`]) {
        for (let length = 0; length <= text.length; length += 1) {
          const detected = detectProtocol(Buffer.from(text.slice(0, length), 'latin1'), isInside);
          if (length >= 24) expect(detected).not.toBe('more');
        }
      }
    }
  });
});

describe('in the middle', () => {
  it('HTTP/1, after the rest of a body; offsets go on', () => {
    const steps: Step[] = [
      ['write', 'rest of a body'],
      ['read', 'tail'],
      ['read', get],
      ['write', `\0${ok}`],
      ['write', 'x'],
    ];
    const { exchanges, data } = watch(observeConnection, steps, { joinedLate: true, role: 'server' });
    expect(exchanges).toEqual(['GET https://h/a => ? gaps=1', '? => 200 OK "ok" gaps=1']);
    expect([...data].sort()).toEqual(['read 0:tail', 'write 0:rest of a body\0', 'write 55:x']);
  });

  it('HTTP/1, between messages', () => {
    const { exchanges } = watch(
      observeConnection,
      [
        ['write', get],
        ['read', ok],
      ],
      { joinedLate: true },
    );
    expect(exchanges).toEqual(['GET https://h/a => 200 OK "ok"']);
  });

  it('HTTP/2, by two frames, or one that fills its piece', () => {
    for (const first of [settingsAck + getFrame, getFrame, settingsAck]) {
      const steps: Step[] = [
        ['read', 'ld of DATA'],
        ['read', first],
        ['read', getFrame],
        ['write', okFrame + dataFrame],
      ];
      const { exchanges, data } = watch(observeConnection, steps, { joinedLate: true, role: 'server' });
      expect(exchanges.length).toBeGreaterThan(0);
      expect(exchanges[0]).toContain('h2');
      expect(data[0]).toBe('read 0:ld of DATA');
    }
  });

  it('the beginning was lost: what is passed on keeps its offset', () => {
    const steps: Step[] = [
      ['read', 'gap', 10],
      ['read', 'not a message\n'],
      ['write', 'nor this'],
      ['read', get],
      ['write', ok],
    ];
    const { exchanges, data } = watch(observeConnection, steps);
    // The other direction had its beginning, and it is no HTTP.
    expect(exchanges).toEqual([]);
    expect([...data].sort()).toEqual([`read 10:not a message\n${get}`, `write 0:nor this${ok}`]);
    const late = watch(
      observeConnection,
      steps.filter((step) => step[1] !== 'nor this'),
    );
    expect(late.exchanges).toEqual(['GET https://h/a => ? gaps=1', '? => 200 OK "ok" gaps=1']);
  });

  it('a gap behind too little to tell', () => {
    const { exchanges, data } = watch(observeConnection, [
      ['read', 'GET /'],
      ['read', 'gap', 3],
      ['read', get],
      ['write', ok],
    ]);
    expect(exchanges).toEqual(['GET https://h/a => ? gaps=1', '? => 200 OK "ok" gaps=1']);
    expect(data).toEqual(['read 0:GET /']);
  });

  it('bytes that look like nothing stay data', () => {
    const text = 'SEE /etc/hosts, then HTTP/1.1 200\n';
    expect(watch(observeConnection, [['read', text]], { joinedLate: true })).toMatchObject({
      exchanges: [],
      data: [`read 0:${text}`],
    });
  });
});

describe('any bytes', () => {
  const direction = fc.constantFrom('read' as const, 'write' as const);
  const piece = fc.oneof(
    fc.constantFrom(
      preface,
      settings,
      settingsAck,
      getFrame,
      okFrame,
      dataFrame,
      get,
      ok,
      '\0',
      'G',
      '\r\n',
      'HTTP/',
      'PRI * H',
    ),
    fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.tuple(direction, piece) as fc.Arbitrary<Step> },
    {
      weight: 1,
      arbitrary: fc.tuple(direction, fc.constant('gap' as const), fc.option(fc.nat(9))) as fc.Arbitrary<Step>,
    },
  );

  it('never throw, and come out as something', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.boolean(), (steps, joinedLate) => {
        watch(observeConnection, steps, { joinedLate });
      }),
      { numRuns: 3000 },
    );
  });

  it('that are not HTTP come out unchanged, however they are cut', () => {
    const text = fc.string({
      minLength: 1,
      maxLength: 60,
      unit: fc.constantFrom('a', 'Z', ' ', '\n', '\x01', '/'),
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (content, lengthBytes) => {
        const { exchanges, data } = watch(observeConnection, cutEvery(['read', content], lengthBytes));
        if (exchanges.length === 0) expect(data.every((line) => line === `read 0:${content}`)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});
