import type { SecretEvent } from '../../src/event/event.ts';

export function secretEvent(parts: Partial<SecretEvent> = {}): SecretEvent {
  return {
    type: 'secret',
    timeNs: 1,
    pid: 812,
    tid: 813,
    pointer: 0,
    generation: 0,
    family: 'gotls',
    label: 'CLIENT_RANDOM',
    clientRandom: '0a'.repeat(32),
    secret: '5e'.repeat(48),
    ...parts,
  };
}
