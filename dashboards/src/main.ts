import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { startFlash } from './lib/flash';
import { i18n } from './i18n/i18n.svelte';
import { prefs } from './state/prefs.svelte';
import { allowSound } from './state/sound';

prefs.start();
i18n.start();
allowSound();
startFlash();

// The front page is the map: fetch it while the session is asked for.
if (location.pathname === '/' || location.pathname === '/map') void import('./pages/MapPage.svelte');

const target = document.getElementById('app');
if (target) mount(App, { target });
