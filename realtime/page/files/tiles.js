// One button for each style, with its picture.

export class Tiles {
  constructor(place, choose) {
    this.place = place;
    this.choose = choose;
    this.tiles = [];
  }

  // names, titles: of all styles; chosen: index of the one that is shown, -1 for none; busy: of one that is being opened;
  // still: the address of a style's picture by its index, "" while there is none.
  show({ names, titles, chosen, busy, still }) {
    names.forEach((name, index) => {
      const tile = this.tiles[index] ?? this.add(index);
      tile.label.textContent = name;
      tile.button.title = titles[index];
      tile.button.setAttribute("aria-label", `${index + 1} ${titles[index]}`);
      tile.button.setAttribute("aria-pressed", String(index === chosen));
      tile.button.setAttribute("aria-busy", String(index === busy));
      const address = still(index);
      if (address && tile.image.getAttribute("src") !== address) tile.image.src = address;
    });
    while (this.tiles.length > names.length) this.tiles.pop().button.remove();
  }

  add(index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tile";
    const image = document.createElement("img");
    image.className = "still";
    image.alt = "";
    const name = document.createElement("span");
    name.className = "name";
    const number = document.createElement("span");
    number.className = "number";
    number.textContent = index + 1;
    const label = document.createElement("span");
    name.append(number, label);
    button.append(image, name);
    button.addEventListener("click", () => this.choose(index));
    this.place.append(button);
    const tile = { button, image, label };
    this.tiles.push(tile);
    return tile;
  }
}
