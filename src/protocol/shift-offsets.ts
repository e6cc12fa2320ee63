import type { Direction } from '../event/event.ts';
import type { ObserverContext } from './connection-observer.ts';

/** Observers count offsets from what they are given first; `by` is how much of the stream had gone by before. */
export function shiftOffsets(
  context: ObserverContext,
  by: Readonly<Record<Direction, number>>,
): ObserverContext {
  if (by.read === 0 && by.write === 0) return context;
  return {
    ...context,
    emit: (event) => {
      const isShifted = event.type === 'data';
      context.emit(isShifted ? { ...event, offset: event.offset + by[event.direction] } : event);
    },
  };
}
