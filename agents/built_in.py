"""The agents that come with segue, in the order in which they are listed."""

from segue.agents.registry import AgentInfo

BUILT_IN = (
    AgentInfo(
        "random", "segue.agents.baselines.heuristics:random", "any available candidate, all equally likely"
    ),
    AgentInfo(
        "smooth", "segue.agents.baselines.heuristics:smooth", "the candidate with the least transition cost"
    ),
    AgentInfo(
        "shortest",
        "segue.agents.baselines.heuristics:shortest",
        "the shortest candidate; for environments with observe_durations",
    ),
    AgentInfo(
        "content",
        "segue.agents.baselines.heuristics:content",
        "close to what this listener has liked, far from what was skipped",
    ),
    AgentInfo(
        "linear-bandit",
        "segue.agents.baselines.linear_bandit:LinearBandit",
        "Thompson sampling on features, with novelty that recovers",
    ),
    AgentInfo(
        "djmc",
        "segue.agents.djmc.agent:DJMC",
        "DJ-MC: learns the listener in the session, plans by random rollouts",
    ),
    AgentInfo("djmc-myopic", "segue.agents.djmc.agent:myopic", "DJ-MC, looking one track ahead"),
    AgentInfo(
        "belief-planner",
        "segue.agents.oracles.belief_planner:BeliefPlanner",
        "knows the population of listeners and infers this one: the reference",
        knows_population=True,
    ),
    AgentInfo(
        "greedy-oracle",
        "segue.agents.oracles.greedy:greedy",
        "knows the listener; plays the best next track, one step ahead",
        sees_listener=True,
    ),
    AgentInfo(
        "oracle",
        "segue.agents.oracles.planning_oracle:PlanningOracle",
        "knows the listener; plans the whole session, without seeing its noise",
        sees_listener=True,
    ),
    AgentInfo(
        "oracle-shuffled",
        "segue.agents.oracles.planning_oracle:oracle_shuffled",
        "the oracle's tracks in random order: shows the value of order",
        sees_listener=True,
    ),
    AgentInfo(
        "dagger",
        "segue.agents.algorithms.scorer_algorithms:dagger",
        "DAgger: imitates a planner that sees the training listeners",
        learned=True,
    ),
    AgentInfo(
        "maskable-ppo",
        "segue.agents.algorithms.scorer_algorithms:maskable_ppo",
        "proximal policy optimisation over the available candidates",
        learned=True,
    ),
    AgentInfo(
        "dqn",
        "segue.agents.algorithms.scorer_algorithms:dqn",
        "double Q-learning over the available candidates",
        learned=True,
    ),
    AgentInfo(
        "ppo",
        "segue.agents.algorithms.scorer_algorithms:ppo",
        "PPO; masks candidates by the observation alone",
        learned=True,
    ),
    AgentInfo(
        "a2c",
        "segue.agents.algorithms.scorer_algorithms:a2c",
        "advantage actor-critic over the available candidates",
        learned=True,
    ),
    AgentInfo(
        "recurrent-ppo",
        "segue.agents.algorithms.scorer_algorithms:recurrent_ppo",
        "PPO with a recurrent memory of the session",
        learned=True,
    ),
    AgentInfo(
        "sac",
        "segue.agents.algorithms.sac:sac",
        "soft actor-critic that points at candidates in feature space; for continuous actions",
        learned=True,
    ),
    AgentInfo(
        "qrdqn",
        "segue.agents.algorithms.scorer_algorithms:qrdqn",
        "double Q-learning of the return's quantiles",
        learned=True,
    ),
)
