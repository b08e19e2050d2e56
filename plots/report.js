/* Draws the charts of the report with dygraphs: one time axis, one cursor, one zoom. Every text
 * goes in as text, never as markup. */
(function () {
  'use strict';
  var data = JSON.parse(document.getElementById('data').textContent);
  var charts = [];
  var whole = [];         /* those over the whole run share their zoom */
  var busy = false;       /* while one chart moves the others */

  function pad(n) { return (n < 10 ? '0' : '') + n; }

  function clock(t, seconds) {
    var d = new Date((data.zero + t) * 1000);
    return pad(d.getUTCHours()) + ':' + pad(d.getUTCMinutes()) +
      (seconds ? ':' + pad(d.getUTCSeconds()) : '');
  }

  function duration(s) {
    var sign = s < 0 ? '\u2212' : '+';
    s = Math.round(Math.abs(s));
    if (s < 60) return sign + s + ' s';
    if (s < 3600) return sign + Math.floor(s / 60) + 'm' + pad(s % 60) + 's';
    return sign + Math.floor(s / 3600) + 'h' + pad(Math.floor(s % 3600 / 60)) + 'm';
  }

  function digits(v) {
    var a = Math.abs(v);
    if (a >= 1000) return Math.round(v).toString().replace(/\B(?=(\d{3})+$)/g, ',');
    if (a >= 100 || v === Math.round(v)) return String(Math.round(v));
    return String(Number(v.toPrecision(a < 1 ? 2 : 3)));
  }

  function amount(v, unit) {
    if (v === null || v === undefined || isNaN(v)) return '\u2013';
    if (unit === '%') return digits(100 * v) + ' %';
    if (unit === 's') {
      if (v !== 0 && Math.abs(v) < 0.0009995) return digits(1e6 * v) + ' \u00b5s';
      return Math.abs(v) < 0.9995 ? digits(1e3 * v) + ' ms' : digits(v) + ' s';
    }
    return digits(v);
  }

  function colour(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  /* Ticks at times that people read: every 10 s, 5 min, 2 h. */
  var steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
    43200, 86400, 172800, 604800];

  function ticker(from, to, pixels) {
    var most = Math.max(2, Math.floor(pixels / 75)), step = steps[steps.length - 1];
    for (var i = 0; i < steps.length; i++)
      if ((to - from) / steps[i] <= most) { step = steps[i]; break; }
    var ticks = [];
    var first = Math.ceil((from + data.zero) / step) * step - data.zero;
    for (var t = first; t <= to; t += step) {
      var hidden = (t - from) / (to - from) * pixels < 20; /* would meet the other axis' zero */
      ticks.push({v: t, label: hidden ? '' : clock(t, step < 60)});
    }
    return ticks;
  }

  /* 1, 2, 5, 10, ... of a logarithmic axis, or every power of ten where that is too many. */
  function decades(from, to, pixels, unit) {
    var all = [];
    from = Math.max(from, 1e-12);
    [[1, 2, 5], [1, 3], [1]].some(function (marks) {
      all = [];
      for (var k = Math.floor(Math.log10(from)); k <= Math.ceil(Math.log10(to)); k++)
        marks.forEach(function (m) {
          var v = m * Math.pow(10, k);
          if (v >= from && v <= to) all.push({v: v, label: amount(v, unit)});
        });
      return all.length <= pixels / 30;
    });
    return all;
  }

  function rows(chart) {
    var out = [];
    for (var i = 0; i < chart.points; i++) {
      var row = [chart.start + i * chart.step];
      chart.lines.forEach(function (line) {
        var mid = line.mid[i];
        if (chart.log && !(mid > 0)) mid = null;
        if (!line.low) row.push(mid);
        else if (mid === null) row.push([null, null, null]);
        else row.push([chart.log ? Math.max(line.low[i], mid / 1e3) : line.low[i], mid, line.high[i]]);
      });
      out.push(row);
    }
    return out;
  }

  function shade(context, area, graph) {
    context.fillStyle = colour('--fault');
    data.faults.forEach(function (fault) {
      var a = Math.max(graph.toDomXCoord(fault.from), area.x);
      var b = Math.min(graph.toDomXCoord(fault.to), area.x + area.w);
      if (b > a) context.fillRect(a, area.y, b - a, area.h);
    });
  }

  function colours(chart) {
    return chart.lines.map(function (line) { return colour('--c' + line.colour); });
  }

  function legend(entry) {
    entry.chart.lines.forEach(function (line, i) {
      var button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      button.style.setProperty('--line', 'var(--c' + line.colour + ')');
      if (line.dashed) button.className = 'dashed';
      var name = document.createElement('bdi'), value = document.createElement('span');
      name.textContent = line.name;
      value.className = 'value';
      button.append(name, value);
      button.addEventListener('click', function () {
        var on = button.getAttribute('aria-pressed') !== 'true';
        button.setAttribute('aria-pressed', String(on));
        entry.graph.setVisibility(i, on);
      });
      entry.legend.append(button);
      entry.values.push(value);
    });
    entry.legend.classList.toggle('few', entry.chart.lines.length <= 3);
    entry.when = document.createElement('span');
    entry.when.className = 'when';
    entry.legend.after(entry.when);
  }

  function write(entry, row) {
    var chart = entry.chart, t = chart.start + row * chart.step;
    chart.lines.forEach(function (line, i) {
      entry.values[i].textContent = amount(line.mid[row], chart.unit);
      if (!line.low || line.mid[row] === null) return;
      var range = document.createElement('span');
      range.className = 'range';
      range.textContent = ' (' + amount(line.low[row], chart.unit) + '\u2009\u2013\u2009' +
        amount(line.high[row], chart.unit) + ')';
      entry.values[i].append(range);
    });
    entry.when.textContent = clock(t, true) +
      (data.fault !== undefined ? ' \u00b7 ' + duration(t - data.fault) : '');
    entry.cursor.style.left = entry.graph.toDomXCoord(t) + 'px';
    entry.cursor.hidden = false;
  }

  function clear(entry) {
    entry.values.forEach(function (value) { value.textContent = ''; });
    entry.when.textContent = '';
    entry.cursor.hidden = true;
    entry.row = -1;
  }

  /* Moves the cursor of every chart to the time t, where the chart has it. */
  function point(t) {
    charts.forEach(function (entry) {
      var chart = entry.chart, row = Math.round((t - chart.start) / chart.step);
      var range = entry.graph.xAxisRange();
      if (row < 0 || row >= chart.points || t < range[0] || t > range[1]) {
        clear(entry);
        return;
      }
      if (row === entry.row) return;
      entry.row = row;
      write(entry, row);
    });
  }

  function leave() { charts.forEach(clear); }

  function zoomed(entry) {
    var range = entry.graph.xAxisRange(), chart = entry.chart;
    var full = [chart.start, chart.start + (chart.points - 1) * chart.step];
    entry.reset.hidden = range[0] <= full[0] + 1e-6 && range[1] >= full[1] - 1e-6;
    clear(entry);
    if (busy || whole.indexOf(entry) < 0) return;
    busy = true;
    whole.forEach(function (other) {
      if (other === entry) return;
      other.graph.updateOptions({dateWindow: entry.reset.hidden ? null : range.slice()});
      other.reset.hidden = entry.reset.hidden;
    });
    busy = false;
  }

  /* The mouse zooms; a finger only points, so that a page of charts can still be scrolled. */
  function interaction() {
    var model = {}, standard = Dygraph.defaultInteractionModel;
    ['mousedown', 'dblclick', 'willDestroyContextMyself'].forEach(function (name) {
      model[name] = standard[name];
    });
    function touch(event, graph) {
      if (event.touches.length !== 1) return;
      var box = graph.graphDiv.getBoundingClientRect();
      point(graph.toDataXCoord(event.touches[0].clientX - box.left));
    }
    model.touchstart = touch;
    model.touchmove = touch;
    return model;
  }

  function keys(entry) {
    entry.plot.addEventListener('keydown', function (event) {
      var chart = entry.chart, last = chart.points - 1, row = entry.row;
      var jump = event.shiftKey ? 10 : 1;
      if (event.key === 'ArrowRight') row = row < 0 ? 0 : Math.min(last, row + jump);
      else if (event.key === 'ArrowLeft') row = row < 0 ? last : Math.max(0, row - jump);
      else if (event.key === 'Home') row = 0;
      else if (event.key === 'End') row = last;
      else if (event.key === 'Escape') {
        entry.graph.resetZoom();
        leave();
        return;
      } else return;
      event.preventDefault();
      point(chart.start + row * chart.step);
    });
  }

  function options(entry) {
    var chart = entry.chart, unit = chart.unit;
    return {
      labels: ['t'].concat(chart.lines.map(function (line, i) { return i + ' ' + line.name; })),
      colors: colours(chart),
      customBars: !!chart.lines[0].low,
      fillAlpha: 0.2,
      strokeWidth: 1.8,
      logscale: chart.log,
      includeZero: !chart.log,
      legend: 'never',
      highlightCircleSize: 0,
      gridLineColor: colour('--grid'),
      axisLineColor: colour('--grid'),
      axisLabelFontSize: 12,
      interactionModel: interaction(),
      axes: {
        x: {ticker: ticker, drawGrid: false, pixelsPerLabel: 75},
        y: {
          axisLabelWidth: 52, pixelsPerLabel: 38,
          axisLabelFormatter: function (v) { return amount(v, unit); },
          ticker: chart.log ? function (from, to, pixels) {
            return decades(from, to, pixels, unit);
          } : Dygraph.numericLinearTicks
        }
      },
      series: chart.lines.reduce(function (all, line, i) {
        if (line.dashed) all[i + ' ' + line.name] = {strokePattern: [6, 4]};
        return all;
      }, {}),
      underlayCallback: shade,
      highlightCallback: function (event, x) { point(x); },
      unhighlightCallback: leave,
      zoomCallback: function () { zoomed(entry); }
    };
  }

  /* The largest value that any band reaches. */
  function top(chart) {
    var most = 0;
    chart.lines.forEach(function (line) {
      (line.high || line.mid).forEach(function (v) { if (v > most) most = v; });
    });
    return most;
  }

  function draw(figure) {
    var chart = data.charts[Number(figure.dataset.chart)];
    var entry = {
      chart: chart, plot: figure.querySelector('.plot'), legend: figure.querySelector('.legend'),
      values: [], row: -1, reset: document.createElement('button')
    };
    var wanted = options(entry), most = top(chart);
    if (!chart.log) wanted.valueRange = [0, most > 0 ? most * 1.08 : 1];
    legend(entry);
    entry.reset.type = 'button';
    entry.reset.className = 'reset';
    entry.reset.textContent = 'Reset zoom';
    entry.reset.hidden = true;
    entry.reset.addEventListener('click', function () {
      entry.graph.resetZoom();
      zoomed(entry);
    });
    entry.graph = new Dygraph(entry.plot, rows(chart), wanted);
    entry.cursor = document.createElement('div');
    entry.cursor.className = 'cursor';
    entry.cursor.hidden = true;
    entry.plot.append(entry.cursor, entry.reset);
    entry.plot.tabIndex = 0;
    keys(entry);
    charts.push(entry);
    if (chart.whole) whole.push(entry);
  }

  function recolour() {
    charts.forEach(function (entry) {
      entry.graph.updateOptions({
        colors: colours(entry.chart), gridLineColor: colour('--grid'),
        axisLineColor: colour('--grid')
      });
    });
  }

  function resize() { charts.forEach(function (entry) { entry.graph.resize(); }); }

  document.documentElement.classList.add('script');
  document.querySelectorAll('figure[data-chart]').forEach(draw);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolour);
  /* A canvas that is drawn while the browser prepares to print reaches the paper empty; a picture
     of it does not. The style sheet hides the canvas meanwhile. */
  function picture(canvas) {
    var image = document.createElement('img');
    image.className = 'paper';
    image.alt = '';
    image.style.left = canvas.offsetLeft + 'px';
    image.style.top = canvas.offsetTop + 'px';
    image.style.width = canvas.offsetWidth + 'px';
    image.style.height = canvas.offsetHeight + 'px';
    image.src = canvas.toDataURL();
    canvas.before(image);
  }

  function paper(on) {
    document.documentElement.classList.toggle('printing', on);
    document.querySelectorAll('.plot .paper').forEach(function (image) { image.remove(); });
    charts.forEach(function (entry) {
      /* Printers are finer than screens. */
      entry.graph.updateOptions({ pixelRatio: on ? 3 : window.devicePixelRatio || 1 }, true);
    });
    recolour();
    resize();
    if (on) document.querySelectorAll('.plot canvas').forEach(picture);
  }
  window.addEventListener('beforeprint', function () { paper(true); });
  window.addEventListener('afterprint', function () { paper(false); });
})();
