/** Something a test needs that may not be had on this machine; the reason is what the skipped test says. */
export type Provided<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly reason: string };

export function provided<Value>(value: Value): Provided<Value> {
  return { ok: true, value };
}

export function unavailable(reason: string): Provided<never> {
  return { ok: false, reason };
}
