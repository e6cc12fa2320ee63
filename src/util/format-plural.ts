import { formatCount } from './format-count.ts';

/** `1 gap`, `2 gaps`, `1,204 exchanges`. */
export function formatPlural(count: number, singular: string, plural: string = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}
