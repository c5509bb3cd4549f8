/** Asks once more before what cannot be taken back, and marks fields that are there to be copied. */
export function confirmDangers(): void {
  document.addEventListener('submit', (event) => {
    const question = event.submitter?.dataset['confirm'];
    if (question !== undefined && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener('focusin', (event) => {
    if (event.target instanceof HTMLInputElement && event.target.dataset['select'] === '') event.target.select();
  });
}
