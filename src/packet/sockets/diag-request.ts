/** Message type of a question to sock_diag(7), and of its answers. */
export const diagByFamily = 20;

/** Address families and protocols of the sockets that packets are looked up for. */
export const diagKinds = [
  { family: 2, protocol: 6 },
  { family: 10, protocol: 6 },
  { family: 2, protocol: 17 },
  { family: 10, protocol: 17 },
] as const;

/** struct inet_diag_req_v2: { family u8 @0, protocol u8 @1, …, states u32 @4, id of 48 bytes @8 }; asks for every state. */
export function formatDiagRequest(kind: { readonly family: number; readonly protocol: number }): Buffer {
  const request = Buffer.alloc(56);
  request[0] = kind.family;
  request[1] = kind.protocol;
  request.writeUInt32LE(0xffff_ffff, 4);
  return request;
}
