import type { SiteRole } from '../plan/probe-plan.ts';
import type { Mode } from './modes.ts';

/** Which probes a run needs: no others are attached. */
export interface ProbeChoice {
  readonly roles: ReadonlySet<SiteRole>;
  /** Those without which a program is refused. */
  readonly essential: readonly SiteRole[];
  /** The write site is there for handshakes alone: what the program says is not taken. */
  readonly handshakesOnly: boolean;
}

export interface ProbeNeeds {
  readonly modes: ReadonlySet<Mode>;
  /** Secrets are told with their connection, which is learnt where the handshake is written. */
  readonly ties: boolean;
  /** What programs say is wanted, whatever the modes are. */
  readonly text: boolean;
}

export function chooseProbes({ modes, ties, text: wantsText }: ProbeNeeds): ProbeChoice {
  const text = wantsText || modes.has('text') || modes.has('none');
  const secrets = modes.has('keylog') || modes.has('pcap');
  const roles = new Set<SiteRole>();
  if (text) for (const role of ['write', 'read', 'close', 'socket'] as const) roles.add(role);
  if (secrets) roles.add('secrets');
  if (secrets && ties) for (const role of ['write', 'close'] as const) roles.add(role);
  return {
    roles,
    essential: text ? ['write', 'read'] : ['secrets'],
    handshakesOnly: !text,
  };
}
