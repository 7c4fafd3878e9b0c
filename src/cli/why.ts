import { printable } from './output.ts';

/** The answer of GET /tasks/{id}/why as an indented outline: whatever the server tells, in its own words and order. */
export function explainWhy(value: unknown, indent = ''): string {
  if (Array.isArray(value)) return value.length === 0 ? `${indent}–` : value.map((item) => bullet(item, indent)).join('\n');
  if (typeof value !== 'object' || value === null) return `${indent}${scalar(value)}`;
  return Object.entries(value)
    .map(([key, inner]) => (isPlain(inner) ? `${indent}${label(key)}: ${scalar(inner)}` : `${indent}${label(key)}:\n${explainWhy(inner, `${indent}  `)}`))
    .join('\n');
}

function bullet(item: unknown, indent: string): string {
  if (isPlain(item)) return `${indent}- ${scalar(item)}`;
  return `${indent}- ${explainWhy(item, `${indent}  `).trimStart()}`;
}

const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const label = (key: string): string => key.replaceAll('_', ' ');
const scalar = (value: unknown): string => (value === null || value === undefined ? '–' : printable(String(value)));
