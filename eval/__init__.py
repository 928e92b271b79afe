"""How good it is: gold questions, measures, runs, comparison, report.

The rooms (`cli` with `commands/` is the way in):

- what is asked: `gold` with `gold/` and `newsroom/`, `formats/` (of others), `pairs` (sentences beside lines)
- who is asked: `asking`, `inprocess`, `remote`, `plain`, `passages`, `scripted`
- a run: `run`, `case`, `record`, `journal`, `replies` (of a model, kept)
- its citations read back: `resolve`, `articles`, `stored`
- grading: `measures/`, `text`, `choices`, `judge`, `bootstrap`, `summary`, `compare`, `why`
- what is written: `outputs`, `report`, `plots`
- benchmarks: `retrieval`, `search_latency`, `benchmark` (RealTime QA); gold as tests: `pytest_plugin`
- weights that ship are learned here: `learn_ranking`, `learn_lines`, `learn_confidence`,
  `learn_reading`, `learn_taught`, `learn_support`, `listwise`
- `errors`
"""
