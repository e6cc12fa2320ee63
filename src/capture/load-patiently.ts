import { BpfObject, type ObjectSettings } from '../bpf/bpf-object.ts';
import { SystemError } from '../bpf/system-error.ts';

const loadAttempts = 10;

/** The verifier gives up with EAGAIN when a signal comes; libbpf tries five times, which is not enough for a busy child. */
export function loadPatiently(form: ObjectSettings): BpfObject {
  for (let attempt = 1; ; attempt++) {
    try {
      return BpfObject.load(form);
    } catch (error) {
      if (!(error instanceof SystemError) || error.code !== 'EAGAIN' || attempt === loadAttempts) throw error;
    }
  }
}
