"""Tables to Gymnasium: simulated listeners who react to each track and to the transition into it."""
