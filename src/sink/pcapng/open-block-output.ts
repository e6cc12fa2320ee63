import type { OutputDescriptor } from '../output-descriptor.ts';
import { type InvokingUser, openOutputFile } from '../output-file.ts';
import { FileOutput } from './file-output.ts';
import { StreamOutput } from './stream-output.ts';

export interface BlockOutputCallbacks {
  readonly onClosed: () => void;
  readonly onError: (error: NodeJS.ErrnoException) => void;
}

/**
 * A file for captured packets, or whatever else is at that path (a named pipe, a device).
 *
 * @throws {UserError} when it cannot be opened
 */
export function openBlockFile(
  path: string,
  owner: InvokingUser | null,
  callbacks: BlockOutputCallbacks,
): FileOutput | StreamOutput {
  const descriptor = openOutputFile(path, owner);
  if (descriptor.mode !== 'direct') return new StreamOutput({ descriptor, ...callbacks });
  return new FileOutput({ descriptor, canOverwrite: true, onError: callbacks.onError });
}

/** What is open already. A file that stdout was sent to may hold something before what we write. */
export function useBlockDescriptor(
  descriptor: OutputDescriptor,
  callbacks: BlockOutputCallbacks,
): FileOutput | StreamOutput {
  if (descriptor.mode !== 'direct') return new StreamOutput({ descriptor, ...callbacks });
  return new FileOutput({ descriptor, canOverwrite: false, onError: callbacks.onError });
}
