// What the pages show in the same way: messages, and a canvas that can be mirrored and saved.

export const at = (id) => document.getElementById(id);

export function say(text, good = true) {
  at("message").textContent = text;
  at("message").classList.toggle("bad", !good);
}

// For pages whose picture is a canvas.
export function offerMirrorAndSave() {
  at("mirror").addEventListener("click", () => {
    const on = at("picture").classList.toggle("mirrored");
    at("mirror").setAttribute("aria-pressed", String(on));
  });
  at("save").addEventListener("click", () => {
    at("picture").toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = "nstcam.png";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    });
  });
}
