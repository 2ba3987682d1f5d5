// Commands to nstcam, one line each. Of several that set the same thing while one is on its way, the last one counts.

const waiting = new Map();
let sending = false;
let tell = () => {};

export function onAnswer(listener) {
  tell = listener;
}

export function send(line) {
  const [word] = line.split(" ");
  waiting.delete(word);
  waiting.set(["key", "next", "previous"].includes(word) ? Symbol(word) : word, line);
  if (!sending) run();
}

async function run() {
  sending = true;
  while (waiting.size) {
    const [key, line] = waiting.entries().next().value;
    waiting.delete(key);
    try {
      const answer = await fetch("/command", { method: "POST", body: line });
      tell((await answer.text()).trim(), answer.ok);
    } catch {
      tell("nstcam does not answer", false);
    }
  }
  sending = false;
}
