"""Classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch_np.sklearn.classification import Classification
from minitorch_np.sklearn.probabilities import probabilities

__all__ = ["NeuralNetClassifier"]


class NeuralNetClassifier(Classification):
    """A neural network for classification, as a scikit-learn estimator.

    Options that MLPClassifier has too mean the same. Beyond it there are dropout, batch
    normalisation, an activation for each layer, networks, losses, optimizers and learning-rate
    schedules of one's own, callbacks, and weights of classes and samples.

    Parameters
    ----------
    hidden_layer_sizes : int or iterable of int, default (100,)
        How wide each hidden layer is; () for none.
    activation : str or callable, or a list of them, default "relu"
        "identity", "logistic", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "softplus", or
        what makes a Module: ``functools.partial(nn.LeakyReLU, 0.2)``. A list has one for each
        hidden layer.
    module : callable, optional
        ``module(n_features, n_outputs)`` makes the network, in place of the options so far and
        the next two. Its outputs, (N, n_outputs), are what the loss takes: logits by default.
    dropout : float in [0, 1], or a list of them, default 0
        After each hidden layer; a list has one for each.
    batch_norm : bool, default False
        Normalise each hidden layer before its activation.
    loss : callable, optional
        Makes the loss of outputs (N, K) and labels (N,) in [0, K):
        ``functools.partial(nn.CrossEntropyLoss, label_smoothing=0.1)``. By default
        CrossEntropyLoss, and BCEWithLogitsLoss for several labels a sample. Called with
        ``reduction="none"`` where there are weights. A method ``probabilities(outputs)`` says what
        ``predict_proba`` returns.
    solver : str or callable, default "adam"
        "sgd", "adam", "nadam", "radam", "adamax", "rmsprop", "adagrad", "adadelta"; or what makes
        an Optimizer of ``(params, lr=)``: ``functools.partial(optim.AdamW, weight_decay=0.01)``.
    alpha : float, default 0.0001
        The loss of a batch has α/2 ‖W‖² / (size of the batch) more, for the weights W, not the
        biases. Only where ``solver`` is a name; a callable brings its own decay.
    batch_size : int or "auto", default "auto"
        "auto" is 200, or all samples if they are fewer. A few more where one single sample would
        remain for a last batch, which batch normalisation cannot train on.
    learning_rate : {"constant", "cosine", "one_cycle"} or callable, default "constant"
        "cosine" falls to 0 over ``max_iter`` epochs, "one_cycle" rises to ``learning_rate_init``
        before it falls. A callable makes, of ``(optimizer, steps)``, a scheduler that is stepped
        after every batch, or a Callback.
    learning_rate_init : float, default 0.001
    momentum, nesterovs_momentum : float in [0, 1), default 0.9; bool, default True
        Only for ``solver="sgd"``.
    max_iter : int, default 200
        The most epochs.
    shuffle : bool, default True
        Draw a new order for every epoch.
    random_state : int, Generator, RandomState or None
        All that is drawn (weights, order, dropout, validation) comes from it; None is the package's
        own generator, which :func:`~minitorch_np.manual_seed` seeds.
    tol, n_iter_no_change : float or None, default 1e-4; int, default 10
        Training ends when the loss has not fallen by ``tol`` for so many epochs. None does not
        watch it; take that with a schedule that is planned for all epochs.
    early_stopping : bool, default False
        Watch the loss on held-out samples instead, and keep the best epoch's weights.
    validation_fraction : float in (0, 1), default 0.1
        How much to hold out for that, with the classes in proportion.
    warm_start : bool, default False
        ``fit`` goes on from the weights that are there, with a new optimizer.
    callbacks : list of Callback, or of callables that make one, default ()
        See :mod:`minitorch_np.training`. Each fit works on copies, which it keeps in
        ``callbacks_``.
    dtype : {"float32", "float64"}, default "float32"
        What is computed in, and what outputs are.
    verbose : bool, default False
        Print a line an epoch.
    class_weight : dict, "balanced" or None
        What the samples of each class count, times their sample weights.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    n_features_in_, n_outputs_, n_iter_ : int
        D_in, K, and the epochs of the last call.
    feature_names_in_ : ndarray of str of shape (D_in,)
        Where X had names.
    module_ : Module
        The network, in eval mode.
    criterion_, optimizer_, callbacks_
        What trained it.
    loss_curve_, loss_, best_loss_ : list of float, float, float
        The training's mean loss, without the penalty: of each epoch, the last, the least.
    history_ : list of dict
        All figures of all epochs, as :func:`~minitorch_np.training.fit` returns them.

    Shape
    -----
    X: (N, D_in), also sparse, made dense a batch at a time; y: (N,), or (N, K) of 0 and 1 where a
    sample has several labels or none.

    Raises
    ------
    ValueError, TypeError
        If options or data do not fit.
    NonFiniteLossError
        If training diverges.

    Notes
    -----
    Differs from MLPClassifier: early stopping watches the validation's loss, not its accuracy;
    two classes have two logits; biases start at 0; there is no solver "lbfgs", and no learning rate
    "invscaling" or "adaptive". Samples of weight 0 are left out, which is what 0 says; the others'
    weights are divided by their mean.

    To be pickled, or fitted by other processes (``n_jobs``), callables need a name that can be
    imported: a class, a function at the top of a file, a ``functools.partial`` of one.

    Examples
    --------
    >>> from functools import partial
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import GridSearchCV, train_test_split
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from minitorch_np import nn, optim
    >>> from minitorch_np.sklearn import NeuralNetClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    >>> net = NeuralNetClassifier((64,), dropout=0.2, batch_size=32, random_state=0)
    >>> net = net.set_params(learning_rate="one_cycle", max_iter=10, tol=None)
    >>> pipeline = make_pipeline(StandardScaler(), net)
    >>> grid = {
    ...     "neuralnetclassifier__activation": ["tanh", nn.GELU],
    ...     "neuralnetclassifier__learning_rate_init": [0.001, 0.01],
    ... }
    >>> search = GridSearchCV(pipeline, grid, cv=2).fit(X, y)
    >>> search.best_params_["neuralnetclassifier__learning_rate_init"]
    0.01
    >>> search.score(X_test, y_test) > 0.96
    True
    """

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> NeuralNetClassifier:
        """Train for at most ``max_iter`` epochs.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (N, D_in)
        y : array_like of shape (N,), or (N, K) of 0 and 1
        sample_weight : array_like of shape (N,), optional
            What each sample counts, at least 0.

        Returns
        -------
        NeuralNetClassifier
            Itself.
        """
        self._fit(X, y, sample_weight)
        return self

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> NeuralNetClassifier:
        """Train for one epoch more, with the same optimizer.

        Parameters
        ----------
        X, y, sample_weight
            As in :meth:`fit`, but weights are taken as they are, not divided by their mean.
        classes : array_like of shape (K,)
            All classes that y can have in any call; needed in the first one.

        Returns
        -------
        NeuralNetClassifier
            Itself.

        Raises
        ------
        ValueError
            If the classes are missing in the first call or others later; or with early stopping
            or a schedule, which need to know the end.
        """
        if not hasattr(self, "module_") and classes is None:
            raise ValueError(
                "NeuralNetClassifier: expected classes=, all that there are, in the first call of "
                "partial_fit, got None"
            )
        if isinstance(self.class_weight, str):
            raise ValueError(
                "NeuralNetClassifier: expected class_weight to be a dict or None for partial_fit, "
                f"which does not see all samples, got {self.class_weight!r}"
            )
        self._partial_fit(X, y, sample_weight, classes)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Return the likeliest class; of several labels, 1 for those likelier than not.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (N, D_in)

        Returns
        -------
        ndarray of shape (N,) or (N, K)
        """
        p = self.predict_proba(X)
        if self._multilabel:
            return (p > 0.5).astype(int)
        labels: np.ndarray = self.classes_[p.argmax(axis=1)]
        return labels

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, in the order of ``classes_``.

        Parameters
        ----------
        X : array_like or sparse matrix of shape (N, D_in)

        Returns
        -------
        ndarray of shape (N, K)
        """
        outputs = self._outputs(X)
        return probabilities(self.criterion_, outputs, self._multilabel)
