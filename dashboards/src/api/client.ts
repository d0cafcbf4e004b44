/** A refusal of the hub, with what a person can act on. */
export class ApiError extends Error {
  readonly status: number;
  /** The present state, where the step did not fit it (409). */
  readonly state: string | null;

  constructor(status: number, detail: string, state: string | null) {
    super(detail);
    this.status = status;
    this.state = state;
  }
}

/** No answer at all: `ApiError` with this status. */
export const UNREACHABLE = 0;

let onExpired: () => void = () => undefined;

/** What to do when the session has ended. */
export function whenExpired(run: () => void): void {
  onExpired = run;
}

async function refusal(response: Response): Promise<ApiError> {
  let detail = response.statusText;
  let state: string | null = null;
  try {
    const problem = (await response.json()) as { detail?: string; title?: string; state?: string; errors?: { field?: string; detail?: string }[] };
    const fields = (problem.errors ?? []).map((e) => [e.field, e.detail].filter(Boolean).join(': '));
    detail = [problem.detail ?? problem.title ?? detail, ...fields].join(' · ');
    state = problem.state ?? null;
  } catch {
    // Not a problem document: the status line must do.
  }
  return new ApiError(response.status, detail, state);
}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: 'same-origin',
      headers: body === undefined ? { accept: 'application/json' } : { accept: 'application/json', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(UNREACHABLE, '', null);
  }
  if (!response.ok) {
    if (response.status === 401 && path !== '/login') onExpired();
    throw await refusal(response);
  }
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

export const get = <T>(path: string): Promise<T> => call<T>('GET', path);
export const post = <T = unknown>(path: string, body?: unknown): Promise<T> => call<T>('POST', path, body ?? {});

export const del = <T = unknown>(path: string): Promise<T> => call<T>('DELETE', path);

/** Ids in paths. */
export const seg = encodeURIComponent;

/** A list of the hub. */
export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}
