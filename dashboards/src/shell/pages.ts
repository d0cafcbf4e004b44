import type { Dict } from '../i18n/dict';

export interface PageLink {
  path: string;
  name: keyof Dict['nav'];
  /** Outline of the icon in a 24 × 24 box. */
  icon: string;
}

/** The pages in the order of the left bar. */
export const PAGES: PageLink[] = [
  { path: '/map', name: 'map', icon: 'M9 4 3 6v14l6-2 6 2 6-2V4l-6 2zM9 4v14M15 6v14' },
  { path: '/alarms', name: 'alarms', icon: 'M12 3a6 6 0 0 0-6 6v4l-2 4h16l-2-4V9a6 6 0 0 0-6-6zM10 20h4' },
  { path: '/dispatch', name: 'dispatch', icon: 'M3 16V8h11v8M14 11h4l3 3v2h-7M7 18.5a1.8 1.8 0 1 0 0-.1M17 18.5a1.8 1.8 0 1 0 0-.1' },
  { path: '/trends', name: 'trends', icon: 'M3 17 9 11l4 4 8-9' },
  { path: '/orders', name: 'orders', icon: 'M6 3h12v18H6zM9 8h6M9 12h6M9 16h4' },
  { path: '/reports', name: 'reports', icon: 'M4 20V10M10 20V4M16 20v-7M21 20H3' },
  { path: '/replay', name: 'replay', icon: 'M12 8v4l3 2M4 12a8 8 0 1 0 3-6.2M4 4v4h4' },
  { path: '/wall', name: 'wall', icon: 'M3 5h18v11H3zM9 20h6M12 16v4' },
  { path: '/system', name: 'system', icon: 'M9 12a3 3 0 1 0 6 0 3 3 0 1 0-6 0M12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2 2M16.4 16.4l2 2M5.6 18.4l2-2M16.4 7.6l2-2' },
];

/** Is this the page of `path`? The front page is the map. */
export function isAt(page: PageLink, path: string): boolean {
  return page.path === path || (page.path === '/map' && path === '/');
}
