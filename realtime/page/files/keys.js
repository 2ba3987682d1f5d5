// The keys of the window, for those who do not want the mouse. Fields and buttons keep the keys that they use themselves.

const KEYS = "123456789npbckrsmtad0[]-=+";

export function onKey(press) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest("select")) return;
    const key = event.key.toLowerCase();
    if (key.length !== 1 || !KEYS.includes(key) || event.repeat && !"[]-=+np".includes(key)) return;
    event.preventDefault();
    press(key);
  });
}
