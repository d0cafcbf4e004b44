/** For what opens by a person's own act: the next key goes there. `autofocus` does nothing while a button has the focus. */
export function focused(node: HTMLElement): void {
  node.focus();
}
