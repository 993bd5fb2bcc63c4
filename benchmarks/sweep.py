"""How many runs does a sweep make in an hour, and which search finds most in the same time?

`--what speed` times random runs of grid 1 with one worker and with two, from the command to its
end, imports and data included. `--what strategies` gives grid, random, bayes and hyperband the same
minutes on grid 1, and shows the best validation accuracy that each has found.
"""

import sys

from searches.script import main

if __name__ == "__main__":
    try:
        main(__doc__ or "")
    except KeyboardInterrupt:
        sys.exit(130)
