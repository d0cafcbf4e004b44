import { describe, expect, it } from 'vitest';
import { en } from './en';
import { zh } from './zh';
import { pointOf, readable } from './points';

/** Every leaf as text; functions are called with marks. */
function leaves(node: unknown, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') return [[path, String((node as (...a: unknown[]) => unknown)('1', '1'))]];
  return Object.entries(node as object).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
}

describe('the languages', () => {
  it('say the same things', () => {
    expect(leaves(zh).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
  });

  it('leave nothing empty', () => {
    for (const [path, text] of [...leaves(en), ...leaves(zh)]) expect(text.trim(), path).not.toBe('');
  });

  it('leave no English sentence in the Chinese', () => {
    const own = new Set(['.app.title', '.skill.cng', '.system.about']);
    const english = leaves(zh).filter(([path, text]) => !own.has(path) && !/[\u3400-\u9fff]/.test(text));
    expect(english).toEqual([]);
  });

  it('name points and kinds', () => {
    expect(readable(pointOf('rs-0042/outlet_pressure'), 'zh-CN')).toBe('出口压力');
    expect(readable(pointOf('rs-0042/outlet_pressure'), 'en')).toBe('outlet pressure');
    expect(readable('something_new', 'zh-CN')).toBe('something new');
  });
});
