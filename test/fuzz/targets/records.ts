import { PacketOwners } from '../../../src/event/decode-packet.ts';
import { decodeRecord } from '../../../src/event/decode-record.ts';
import { closeRecord, dataRecord, openRecord, packetRecord } from '../../support/kernel-records.ts';
import { must } from '../expect-same.ts';
import type { FuzzTarget } from '../fuzz-target.ts';

const files = [{ family: 'gotls', path: '/usr/bin/caddy' }];
const slack = 64;

export const records: FuzzTarget = {
  name: 'records',
  description: 'records of the ring buffer, as the kernel programs write them',
  corpus: () => [
    openRecord({}),
    dataRecord({ bytes: Buffer.from('GET / HTTP/1.1\r\n') }),
    closeRecord({}),
    packetRecord({ bytes: Buffer.alloc(60, 1) }),
  ],
  mostInputBytes: 2000,
  check: (input) => {
    // The ring goes on behind a record.
    const memory = Buffer.concat([Buffer.alloc(slack, 0xa5), input, Buffer.alloc(slack, 0x5a)]);
    const event = decodeRecord(memory, slack, input.length, files, new PacketOwners());
    if (event === undefined) return 'refused';
    if ('bytes' in event) {
      const start = event.bytes.byteOffset - memory.byteOffset;
      const isInside =
        event.bytes.buffer !== memory.buffer ||
        (start >= slack && start + event.bytes.length <= slack + input.length);
      must(event.bytes.length === 0 || isInside, 'nothing from behind the record');
    }
    return event.type;
  },
};
