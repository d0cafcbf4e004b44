/** Opens a `<dialog>` as modal; Escape and the backdrop close it. */
export function dialog(node: HTMLDialogElement, close: () => void): { destroy(): void } {
  node.showModal();
  const cancel = (e: Event): void => {
    e.preventDefault();
    close();
  };
  const click = (e: MouseEvent): void => {
    if (e.target === node) close();
  };
  node.addEventListener('cancel', cancel);
  node.addEventListener('click', click);
  return {
    destroy() {
      node.removeEventListener('cancel', cancel);
      node.removeEventListener('click', click);
      node.close();
    },
  };
}
