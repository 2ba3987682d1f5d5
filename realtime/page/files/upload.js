// A painting, chosen or dropped, becomes a style. The browser makes it small and a JPEG first, so any picture that it can
// show will do, and nothing of the file but its pixels is sent. A model (.onnx) is sent as it is, with its name.

const LARGEST = 1600;

async function asJpeg(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
}

async function upload(file, tell) {
  let body = file;
  let name = file.name;
  if (!/\.onnx$/i.test(name)) {
    name = "";
    try {
      body = await asJpeg(file);
    } catch {
      tell(`${file.name} is neither a picture that this browser can show nor a model (.onnx)`, false);
      return;
    }
  }
  try {
    const answer = await fetch(`/painting?name=${encodeURIComponent(name)}`, { method: "POST", body });
    tell((await answer.text()).trim(), answer.ok);
  } catch {
    tell("nstcam does not answer", false);
  }
}

export function takeUploads(input, place, tell) {
  input.addEventListener("change", () => {
    for (const file of input.files) upload(file, tell);
    input.value = "";
  });
  const button = document.querySelector(`label[for="${input.id}"]`);
  button.tabIndex = 0;
  button.setAttribute("role", "button");
  button.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // Space would scroll the page
    input.click();
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(kind, (event) => {
      event.preventDefault(); // the browser would leave the page and show the file
      place.classList.toggle("over", kind === "dragover");
      if (kind === "drop") for (const file of event.dataTransfer.files) upload(file, tell);
    });
  }
}
