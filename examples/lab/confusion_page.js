// The page of a confusion matrix. DATA holds, for K classes:
//   classes  K names                        counts  (K, K), true classes in rows
//   shares   (K, K), % of the row           worst   [true, predicted], most mistakes first
//   cells    "true,predicted": [[place in the test set, probability in %, PNG in base64], ...]
"use strict";
const { classes, counts, shares, cells, worst } = DATA;
const matrix = document.getElementById("matrix");
const said = (true_, predicted) => classes[true_] + (true_ === predicted
  ? " taken for what it is" : " taken for " + classes[predicted]);

function show(true_, predicted) {
  const shown = cells[true_ + "," + predicted] || [];
  document.getElementById("which").textContent = said(true_, predicted) + ": "
    + counts[true_][predicted] + " (" + shares[true_][predicted].toFixed(1) + " % of the row)"
    + (shown.length < counts[true_][predicted] ? ", the first " + shown.length : "");
  document.getElementById("images").replaceChildren(...shown.map(([index, percent, png]) => {
    const figure = document.createElement("figure"), image = document.createElement("img");
    image.src = "data:image/png;base64," + png;
    image.alt = "test image " + index + ", " + said(true_, predicted);
    image.title = image.alt;
    const caption = document.createElement("figcaption");
    caption.textContent = percent.toFixed(1) + " %  #" + index;
    figure.append(image, caption);
    return figure;
  }));
}

function draw(texts) {
  const ticks = [0, 1, 5, 10, 25, 50, 75, 100];
  const annotations = texts.flatMap((row, i) => row.map((text, j) => ({
    x: j, y: i, text: text, showarrow: false, captureevents: false,
    font: { size: 12, color: shares[i][j] > 25 ? "black" : "white" },
  })));
  const axis = {
    tickvals: classes.map((_, k) => k), ticktext: classes, fixedrange: true, showgrid: false,
    zeroline: false, automargin: true,
  };
  Plotly.react(matrix, [{
    type: "heatmap", colorscale: "Cividis", zmin: 0, zmax: 10,
    z: shares.map(row => row.map(Math.sqrt)),
    text: shares.map((row, i) => row.map((share, j) => said(i, j) + "<br>" + counts[i][j]
      + " images, " + share.toFixed(1) + " % of the row")),
    hovertemplate: "%{text}<extra></extra>", xgap: 1, ygap: 1,
    colorbar: { title: { text: "% of the row" }, tickvals: ticks.map(Math.sqrt),
                 ticktext: ticks.map(String), thickness: 14 },
  }], {
    annotations: annotations, margin: { l: 10, r: 10, t: 10, b: 10 },
    xaxis: { ...axis, title: { text: "predicted" }, tickangle: -45 },
    yaxis: { ...axis, title: { text: "true", standoff: 10 }, autorange: "reversed" },
  }, { displayModeBar: false, responsive: true });
}

const percentages = shares.map(row => row.map(share => share ? share.toFixed(1) : ""));
draw(percentages);
document.getElementById("shares").onclick = () => draw(percentages);
document.getElementById("counts").onclick = () => draw(counts.map(row => row.map(n => n || "")));
matrix.on("plotly_click", event => show(event.points[0].y, event.points[0].x));
document.getElementById("worst").replaceChildren(...worst.map(([true_, predicted]) => {
  const button = document.createElement("button");
  button.textContent = said(true_, predicted) + ": " + counts[true_][predicted];
  button.onclick = () => show(true_, predicted);
  return button;
}));
show(...(worst[0] || [0, 0]));
