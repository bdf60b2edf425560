// Light or dark: as TensorBoard is, or as the system prefers where there is no TensorBoard.

/** Keep `data-theme` of `root` up to date. */
export function followTheme(root, inTensorBoard) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const host = inTensorBoard && window.parent !== window ? window.parent.document.body : null;
  const set = () => {
    const dark = host ? host.classList.contains("dark-mode") : system.matches;
    root.dataset.theme = dark ? "dark" : "light";
    document.documentElement.style.colorScheme = root.dataset.theme;
  };
  if (host) {
    new MutationObserver(set).observe(host, { attributes: true, attributeFilter: ["class"] });
  } else {
    system.addEventListener("change", set);
  }
  set();
}
